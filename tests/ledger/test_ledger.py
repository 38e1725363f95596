"""Every row of the protocol has a test, and every test that claims a row claims one that exists."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.ledger.requirements import REQUIREMENTS

TESTS = Path(__file__).parents[1]


def _claims() -> Iterator[tuple[str, str]]:
    """(id, where) of every `pytest.mark.requirement(…)`: on tests, on classes, in `pytestmark` and in parameters."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
                where = f"{path.relative_to(TESTS)}:{node.lineno}"
                yield from ((_literal(word, where), where) for word in node.args)


def _literal(word: ast.expr, where: str) -> str:
    assert isinstance(word, ast.Constant), f"{where}: a requirement is named by a plain string"
    assert isinstance(word.value, str), f"{where}: a requirement is named by a plain string"
    return word.value


def test_ids_are_unique() -> None:
    ids = [row.id for row in REQUIREMENTS]
    assert len(ids) == len(set(ids))


def test_every_row_of_the_protocol_has_a_test() -> None:
    proved = {claimed for claimed, _ in _claims()}
    assert [f"{row.id}: {row.text}" for row in REQUIREMENTS if row.id not in proved] == []


def test_every_claimed_row_exists() -> None:
    known = {row.id for row in REQUIREMENTS}
    assert [f"{where}: {claimed}" for claimed, where in _claims() if claimed not in known] == []
