"""What is one thing stands in one place: patterns, words that several modules keep to, and the name of each rule."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from sentinel import errors
from sentinel.errors import SentinelError

SOURCES = Path(__file__).parents[2] / "src" / "sentinel"
SHORTEST = 6
"""Characters of a word or a pattern that two modules would hardly have by chance."""


def constants() -> Iterator[tuple[str, str]]:
    """The text of every constant that is a text or a pattern, with its module."""
    for source in sorted(SOURCES.rglob("*.py")):
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "re.compile":
                value = value.args[0]
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str | bytes)
                and len(value.value) >= SHORTEST
            ):
                yield repr(value.value), source.relative_to(SOURCES).as_posix()


def subclasses(kind: type[SentinelError]) -> Iterator[type[SentinelError]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_a_pattern_or_a_word_is_written_once() -> None:
    found = defaultdict(set)
    for text, module in constants():
        found[text].add(module)
    assert {text: modules for text, modules in found.items() if len(modules) > 1} == {}


def test_every_rule_has_a_name_of_its_own() -> None:
    for module in walk_packages(errors.__path__, f"{errors.__name__}."):
        import_module(module.name)
    found = defaultdict(set)
    for kind in subclasses(SentinelError):
        found[kind.rule()].add(kind)
    assert len(found) > 200
    assert {rule: kinds for rule, kinds in found.items() if len(kinds) > 1} == {}
