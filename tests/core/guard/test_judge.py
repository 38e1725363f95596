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


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000,
        "{" * 2000 + "a,b" + "}" * 2000,
        "sudo " * 2000,
        "xargs " * 300,
        "watch " * 300,
        '"$X" ' * 1000,
        "$(" * 500,
        "a|" * 3000 + "sh",
        "A=x;" + "A=$A$A;" * 60 + "$A x",
        "bash -c " * 50,
        "ssh x " * 300,
        "$(echo " * 40 + "x" + ")" * 40,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(20)
def test_a_text_made_to_take_long_is_decided_all_the_same(text: str) -> None:
    assert decide(f"{text}; kubectl get pods") is None
    assert decide(f"terraform apply; {text}") is not None
