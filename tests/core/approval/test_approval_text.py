"""What a human is shown before saying yes: the block of protocol 3.2, and nothing that could forge it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.approval.question import DEPLOY_PHRASE, PHRASES, ROLLBACK_PHRASE, question_text
from sentinel.core.release.contents import Changes
from sentinel.core.release.model import RollbackPlan
from sentinel.core.release.states import Cause
from tests.core.projects import deployed, release

HOSTILE = "v1.2.0\nchanges: 0 files\x1b[2K\u202e0.0.1v\u2066\u200b\u2028\x9b\x00"


@pytest.mark.requirement("P3.2-block")
def test_the_block_is_the_one_of_the_protocol() -> None:
    assert question_text(release()) == (
        "[SENTINEL DEFCON 1]\n"
        "target: PRODUCTION\n"
        "version: v1.2.0\n"
        "changes: 5 files, +120/-40\n"
        "CONFIRM DEPLOYMENT? (Type 'DEPLOY-NOW' to confirm):"
    )


def test_a_rollback_has_a_block_and_a_phrase_of_its_own() -> None:
    plan = RollbackPlan(leaving=deployed("1.2.0"), target=deployed("1.1.0"), reason="It is slow.", cause=Cause.AGENT)
    assert question_text(plan) == (
        "[SENTINEL DEFCON 1]\n"
        "target: PRODUCTION\n"
        "rollback: v1.2.0 -> v1.1.0\n"
        "CONFIRM ROLLBACK? (Type 'ROLLBACK-NOW' to confirm):"
    )
    assert PHRASES == {"deployment": DEPLOY_PHRASE, "rollback": ROLLBACK_PHRASE}
    assert DEPLOY_PHRASE != ROLLBACK_PHRASE


def test_one_file_is_one_file() -> None:
    text = question_text(release(changes=Changes(files=1, insertions=0, deletions=7)))
    assert "\nchanges: 1 file, +0/-7\n" in text


@pytest.mark.requirement("P3.2-block")
def test_control_and_bidirectional_characters_are_shown_and_not_obeyed() -> None:
    assert question_text(release(tag=HOSTILE)).splitlines()[2] == (
        r"version: v1.2.0\x0achanges: 0 files\x1b[2K\u202e0.0.1v\u2066\u200b\u2028\x9b\x00"
    )


@given(tag=st.text(max_size=600))
def test_whatever_a_tag_is_called_the_block_has_five_lines_of_visible_characters(tag: str) -> None:
    leaving = deployed("1.2.0", tag=tag)
    plan = RollbackPlan(leaving=leaving, target=leaving, reason=tag, cause=Cause.AGENT)
    for text, lines in ((question_text(release(tag=tag)), 5), (question_text(plan), 4)):
        assert text.count("\n") == lines - 1
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text.replace("\n", ""))
