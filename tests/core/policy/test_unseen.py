"""Commands of which nobody can tell which files they start are named to whoever trusts them."""

import pytest

from sentinel.core.policy.pinning import named_paths, unseen
from tests.core.projects import policy

FILES = ("deploy/x.sh", "deploy/lib.sh", "deploy/Makefile", "x.yaml")
CLEAR = [
    "deploy/x.sh --now",
    "cd deploy && ./x.sh",
    "env -C deploy ./x.sh",
    "set -e; deploy/x.sh; echo done $HOME",
    "bash -euo pipefail -c 'deploy/x.sh now'",
    "kubectl apply -f x.yaml",
    "make -f deploy/Makefile",
    ["sh", "deploy/x.sh"],
]
UNCLEAR = {
    "make -C deploy": "it names no file",
    "npm run deploy": "it names no file",
    '"$D/x.sh"': "a variable or a pattern",
    "D=deploy; $D/x.sh": "a variable or a pattern",
    "for f in deploy/*.sh; do sh $f; done": "a variable or a pattern",
    "deploy/?.sh": "a variable or a pattern",
    "sh deploy/[x].sh": "a variable or a pattern",
    "deploy/x.sh && make more": "it names no file",
    "bash -c 'make -C deploy'": "it names no file",
    "`cat which`": "a variable or a pattern",
}


def said(command: object, **also: dict[str, object]) -> tuple[str, ...]:
    found = policy(
        staging={"deploy": "deploy/x.sh", "smoke": "deploy/x.sh"},
        production={"deploy": command, "rollback": "deploy/x.sh"},
        **also,
    )
    return unseen(found, [path for path in named_paths(found) if path in FILES], FILES)


@pytest.mark.parametrize("command", CLEAR)
def test_a_command_that_names_its_files_is_clear(command: object) -> None:
    assert said(command) == ()


@pytest.mark.parametrize(("command", "why"), UNCLEAR.items(), ids=UNCLEAR.keys())
def test_a_command_that_does_not_is_named_with_its_reason(command: str, why: str) -> None:
    (sentence,) = said(command)
    assert sentence.startswith("Sentinel cannot tell which files `")
    assert why in sentence


def test_a_pattern_that_means_nothing_is_named() -> None:
    assert said("deploy/x.sh", trust={"also": ["deploy/**", "gone/*"]}) == (
        "`[trust] also` names gone/*, which matches no file.",
    )
