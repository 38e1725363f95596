"""The guard's decision on whole shell texts, read by the real grammar."""

import tomllib
from functools import partial
from pathlib import Path

import pytest

from sentinel.adapters.shell.parse import read_script
from sentinel.core.guard.additions import Additions, LateAdditions, additions_of
from sentinel.core.guard.commands import Refusal
from sentinel.core.guard.expand import LONGEST
from sentinel.core.guard.judge import judge
from tests.core.guard.attempts import ATTEMPTS
from tests.core.guard.commands import PASSING, REFUSED
from tests.core.guard.honest import HONEST


def decide(text: str, additions: Additions | None = None) -> Refusal | None:
    try:
        return judge(text, read_script, additions or Additions())
    except BaseException as error:
        error.add_note(f"in the command {text[:200]}")
        raise


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()


DEPLOYING = {"REFUSED": REFUSED, "ATTEMPTS": ATTEMPTS, "deploying.txt": _lines("deploying.txt")}
HARMLESS = {"PASSING": PASSING, "HONEST": HONEST, "reading.txt": _lines("reading.txt")}
"""By the name of the corpus, its commands. How many there are is entered in tests/ledger/test_corpora.py."""


@pytest.mark.parametrize("corpus", DEPLOYING)
def test_a_deployment_outside_sentinel_is_refused_however_it_is_written(corpus: str) -> None:
    assert [text for text in DEPLOYING[corpus] if decide(text) is None] == []


@pytest.mark.parametrize("corpus", HARMLESS)
def test_what_deploys_nothing_passes(corpus: str) -> None:
    assert [(text, found.rule) for text in HARMLESS[corpus] if (found := decide(text))] == []


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
        "echo " + "a " * 50_000,
        "xargs " + "kubectl get " * 3000,
        "echo a > x; " + "cat x x x x > x; " * 40 + "sh x",
        "sudo " + "make x " * 1500,
        "f() { $1 $2; }; " + "f a b; " * 2000,
        "python -c 'exec " + "YWFhYWFhYWFhYWFhYWFhYWFh " * 2000 + "'",
        "a=(" * 40_000,
        "[[ a" * 20_000,
        "a<<b " * 20_000,
        "sudo " + "make x " * 15_000,
        "sed '" + "s/a/b/e;" * 15_000 + "'",
        "awk '" + '{print | "sort"} ' * 7_000 + "'",
        "printf '" + "a: b\\n\\tx\\n" * 9_000 + "' > Makefile; make a",
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(20)
def test_a_text_made_to_take_long_is_decided_all_the_same(text: str) -> None:
    assert decide(f"{text}; kubectl get pods") is None
    assert decide(f"terraform apply; {text}") is not None


@pytest.mark.parametrize("mark", ["\ud800", "\0", "\ue000", "\ue005"])
def test_a_character_that_no_text_should_hold_neither_stops_nor_blinds_the_guard(mark: str) -> None:
    assert decide(f"echo {mark}") is None
    assert decide(f"echo {mark}; kubectl apply -f x") is not None


def test_a_text_that_is_longer_than_the_guard_reads_is_refused() -> None:
    assert decide("#" * LONGEST) is None
    found = decide("#" * (LONGEST + 1))
    assert found is not None
    assert found.rule == "too long a command"
    assert decide("bash <<'EOF'\n" + "#" * (LONGEST - 100) + "\nkubectl apply -f x\nEOF") is not None


ALLOWED = """
[guard]
allow = ["make deploy", ["kubectl", "--context=kind"], "git push", "sentinel approve"]
refuse = ["make deploy-all"]
"""


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        ("make deploy", False),
        ("sudo make deploy ENV=local | tee log", False),
        ("bash -c 'cd x && make deploy'", False),
        ("kubectl --context=kind apply -f x", False),
        ("kubectl apply -f x", True),
        ("kubectl --context=prod apply -f x", True),
        ("make publish", True),
        ("make deploy-all", True),
        ("make deploy; kubectl apply -f x", True),
        ("git push origin v1.2.0", True),
        ("sentinel approve", True),
    ],
)
def test_the_policy_allows_what_it_names_and_never_release_tags_or_what_is_for_people(
    command: str, *, refused: bool
) -> None:
    for additions in (additions_of(tomllib.loads(ALLOWED)), LateAdditions(ALLOWED, partial(_parsed, ALLOWED, []))):
        assert (decide(command, additions) is not None) == refused


NAMED = """
[production]
deploy = "deploy/ship.sh --all"
rollback = ["./tools/back", "now"]
[guard]
refuse = ["make release"]
"""


@pytest.mark.parametrize(
    ("command", "refused", "parsed"),
    [
        ("deploy/ship.sh --all", True, True),
        ("cd deploy && ./ship.sh --all | tee log", True, True),
        ("S=ship; sh ./deploy/$S.sh --all", True, True),
        ("tools/back now", True, True),
        ("make release", True, True),
        ("make test", False, True),
        ("git push origin main", False, True),
        ("ls && grep -r x . && git status", False, False),
        ("cat leadership.sh && ./friendship.sh --all", False, False),
    ],
)
def test_the_policy_is_parsed_only_where_a_command_may_be_one_that_it_names(
    command: str, *, refused: bool, parsed: bool
) -> None:
    for text, read in ((NAMED, parsed), (NAMED + '# "\\u0061"', True)):
        asked: list[str] = []
        found = decide(command, LateAdditions(text, partial(_parsed, text, asked)))
        assert (found is not None, bool(asked)) == (refused, read)


def test_a_word_that_the_policy_escapes_is_found_all_the_same() -> None:
    text = '[guard]\nrefuse = ["\\u006dake release"]\n'
    assert decide("make release", LateAdditions(text, partial(_parsed, text, []))) is not None


def _parsed(text: str, asked: list[str]) -> Additions:
    asked.append(text)
    return additions_of(tomllib.loads(text))
