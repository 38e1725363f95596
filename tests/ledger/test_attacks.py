"""Every attempt of the attack suite has its test, and the document tells of each."""

import ast
from pathlib import Path

from tests.ledger.attacks import PAGE, attacks, listed, with_list

TESTS = Path(__file__).parents[1]
ENOUGH = 60
"""What was promised at least."""


def test_every_attempt_names_a_test_that_exists() -> None:
    functions = {
        path.relative_to(TESTS).as_posix(): {
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for path in TESTS.rglob("test_*.py")
    }
    assert [attack.node for attack in attacks() if attack.test not in functions.get(attack.file, ())] == []


def test_each_attempt_has_words_and_a_test_of_its_own() -> None:
    tried = list(attacks())
    assert len({attack.attempt for attack in tried}) == len({attack.node for attack in tried}) == len(tried) >= ENOUGH


def test_the_document_lists_them_all() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert listed() in text
    assert with_list(text) == text
