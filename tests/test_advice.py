"""What an agent is told to do it may do: commands that decide are a person's, and every remedy says so."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

from sentinel import errors
from sentinel.errors import SentinelError

DECIDES = re.compile(
    r"`(?:sudo )?sentinel (approve|reject|abandon|cancel|rollback|adopt|resolve|trust|sprint close|audit import|"
    r"audit resolve|token create|token revoke|project add)\b"
)
PEOPLE = re.compile(r"\b(a person|people|an operator)\b", re.IGNORECASE)


def refusals() -> Iterator[type[SentinelError]]:
    for module in pkgutil.iter_modules(errors.__path__):
        importlib.import_module(f"sentinel.errors.{module.name}")
    stack = SentinelError.__subclasses__()
    while stack:
        kind = stack.pop()
        stack.extend(kind.__subclasses__())
        yield kind


@pytest.mark.parametrize("kind", [kind for kind in refusals() if DECIDES.search(kind.remedy)], ids=lambda k: k.__name__)
def test_a_remedy_leaves_decisions_to_people(kind: type[SentinelError]) -> None:
    assert PEOPLE.search(kind.remedy), kind.remedy
