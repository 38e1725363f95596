"""The guard's decision on whole shell texts, read by the real grammar."""

import pytest

from sentinel.adapters.shell.reading import read_script
from sentinel.core.guard.additions import Additions
from sentinel.core.guard.judge import judge
from sentinel.core.guard.verdict import Refusal
from tests.core.guard.commands import PASSING, REFUSED


def decide(text: str, additions: Additions | None = None) -> Refusal | None:
    return judge(text, read_script, additions or Additions())


@pytest.mark.parametrize("text", REFUSED)
def test_a_deployment_outside_sentinel_is_refused_however_it_is_written(text: str) -> None:
    assert decide(text) is not None


@pytest.mark.parametrize("text", PASSING)
def test_what_deploys_nothing_passes(text: str) -> None:
    found = decide(text)
    assert found is None, found.rule
