"""The question on a terminal: readable in 80 columns, plain where there are no colours, and nothing in it is obeyed."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.approval.content import Finding, PolicyChange, QuestionContent, ShownScript
from sentinel.core.approval.content_text import COMMITS_SHOWN, content_text
from sentinel.core.release.contents import ChangedFile, ReleaseCommit
from sentinel.core.values.screen import Screen
from sentinel.core.values.times import spoken
from tests.core.approval.test_content import asked, content_of

WIDE, NARROW, PLAIN = Screen(width=80, colour=True), Screen(width=80), Screen()


def shown(content: QuestionContent, screen: Screen = NARROW) -> str:
    return "\n".join(content_text(content, screen))


def test_no_line_is_longer_than_the_terminal_is_wide() -> None:
    content = content_of(asked()).model_copy(
        update={
            "notes": f"- {'word ' * 60}",
            "unchecked": (f"{'sentence ' * 40}.",),
            "policy_changes": (PolicyChange(key="production.deploy", before="x" * 300, after="y" * 300),),
            "files": (ChangedFile(path="folder/" * 30, insertions=1, deletions=2),),
            "commits": (ReleaseCommit(id="c" * 40, author="Ada " * 20, subject="long " * 40),),
        }
    )
    assert max(map(len, shown(content).splitlines())) <= 80


def test_what_decides_stands_first() -> None:
    text = shown(content_of(asked()))
    order = ["production", "runs now", "gets", "tests", "staging", "asked by", "expires", "Not checked", "Commits"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert "v1.1.0 (commit cccccccccccc), for 1 d" in text
    assert "deploy/production.sh: CHANGED since v1.1.0" in text
    assert "deploy/rollback.sh: unchanged since v1.1.0" in text


def test_colours_are_there_only_where_the_screen_has_them() -> None:
    assert "\x1b[" in shown(content_of(asked()), WIDE)
    assert "\x1b" not in shown(content_of(asked()), NARROW)


def test_of_many_commits_the_rest_is_counted() -> None:
    commits = tuple(ReleaseCommit(id="c" * 40, author="Ada", subject="s") for _ in range(50))
    text = shown(content_of(asked()).model_copy(update={"commits": commits, "commit_count": 400}))
    assert f"and {400 - COMMITS_SHOWN} more" in text


def test_tests_on_another_tree_and_missing_evidence_are_named() -> None:
    content = content_of(asked())
    assert content.tests is not None
    other = content.tests.model_copy(update={"same_tree": False, "seconds": 74.0})
    assert "passed in 1 min 14 s on a tree that differs" in shown(content.model_copy(update={"tests": other}), PLAIN)
    assert "no run is recorded" in shown(content.model_copy(update={"tests": None}))
    assert "FAILED" in shown(content.model_copy(update={"tests": other.model_copy(update={"passed": False})}))


@given(text=st.text(max_size=80))
def test_whatever_a_repository_says_nothing_of_it_is_obeyed(text: str) -> None:
    content = content_of(asked())
    commands = tuple(
        command.model_copy(
            update={"command": text, "scripts": (ShownScript(path=text, sha256="b" * 64, changed=None),)}
        )
        for command in content.commands
    )
    hostile = content.model_copy(
        update={
            "target": text,
            "notes": text,
            "asked_by": text,
            "reason": text,
            "production_url": text,
            "commits": (ReleaseCommit(id="c" * 40, author=text, subject=text),),
            "files": (ChangedFile(path=text, insertions=None, deletions=None),),
            "findings": (Finding(number=1, severity="high", rule=text, message=text, resolved_by=text, reason=text),),
            "policy_changes": (PolicyChange(key=text, before=text, after=None),),
            "commands": commands,
            "unchecked": (text,),
        }
    )
    lines = list(content_text(hostile, PLAIN))
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for line in lines for sign in line)
    assert not any(line.startswith("[SENTINEL DEFCON 1]") for line in lines)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=8.4), "8 s"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=12, seconds=5), "12 min 5 s"),
        (timedelta(hours=3, seconds=5), "3 h"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (-timedelta(seconds=5), "0 s"),
    ],
)
def test_how_long_is_said_in_two_units_at_most(length: timedelta, words: str) -> None:
    assert spoken(length) == words
