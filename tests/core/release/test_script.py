"""Orders and results of commands: what is stored of them, and what earlier versions stored."""

from typing import Any

import pytest

from sentinel.core.release.script import Outcome, ScriptInput, ScriptOrder, ScriptResult

ORDER = ScriptOrder(("make", "test"), "/work", 60.0, "staging", services=False, output_cap=1024, grace_seconds=0.5)
STORED_BEFORE = {"argv": ["make"], "cwd": "/work", "timeout_seconds": 60.0, "grace_seconds": 5.0, "output_cap": 1024}


def test_an_order_is_the_same_after_it_was_stored() -> None:
    assert ScriptOrder.from_document(ORDER.document()) == ORDER


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({}, (None, True)),
        ({"guest": None, "services": False}, (None, False)),
        ({"guest": "staging", "services": True}, ("staging", True)),
        ({"guest": "build", "services": False}, ("build", False)),
        ({"guest": True}, ("build", True)),
        ({"guest": False}, (None, True)),
    ],
)
def test_an_order_of_an_earlier_version_is_still_read(
    stored: dict[str, Any], expected: tuple[str | None, bool]
) -> None:
    order = ScriptOrder.from_document({**STORED_BEFORE, **stored})
    assert order.argv == ("make",)
    assert (order.user, order.services) == expected


@pytest.mark.parametrize("damaged", [{}, {**STORED_BEFORE, "user": "root"}, {**STORED_BEFORE, "cwd": None, "argv": 1}])
def test_what_is_no_order_is_refused(damaged: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        ScriptOrder.from_document(damaged)


def test_what_a_supervisor_is_told_is_not_shown() -> None:
    told = ScriptInput({"TOKEN": "s3cret"}, ("s3cret",))
    assert "s3cret" not in repr(told)
    assert ScriptInput.from_document(told.document()) == told


SENTENCES: list[tuple[Outcome, int | None, str, str]] = [
    ("exited", 0, "", "ended with exit code 0 after 2 s"),
    ("exited", 3, "1 of its processes could not be ended", "ended with exit code 3 after 2 s (1 of its processes"),
    ("signalled", -9, "", "was ended by signal 9 after 2 s"),
    ("timed_out", -15, "", "did not end within its time and was stopped after 2 s"),
    ("cancelled", None, "", "was cancelled after 2 s"),
    ("failed_to_start", None, "No such file or directory", "could not be started: No such file or directory"),
    ("lost", None, "", "was lost: its supervisor died, so nobody saw how it ended"),
]


@pytest.mark.parametrize(("outcome", "code", "reason", "sentence"), SENTENCES)
def test_a_result_is_the_same_after_it_was_stored_and_says_how_the_command_ended(
    outcome: Outcome, code: int | None, reason: str, sentence: str
) -> None:
    result = ScriptResult(outcome, code, 2.0, reason, tail="last line\n")
    assert ScriptResult.from_document(result.document(), tail="last line\n") == result
    assert result.sentence.startswith(sentence)
    assert result.ok == (code == 0)


def test_a_result_of_an_earlier_version_is_still_read() -> None:
    """Its supervisor may have written it after the upgrade, with the wall clock's times too."""
    stored = {"outcome": "exited", "exit_code": 0, "reason": "", "began": 1.0, "ended": 3.0, "seconds": 2.0}
    assert ScriptResult.from_document(stored) == ScriptResult("exited", 0, 2.0)


@pytest.mark.parametrize("change", [{"outcome": "other"}, {"exit_code": "x"}, {"seconds": None}])
def test_what_is_no_result_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        ScriptResult.from_document({**ScriptResult("exited", 0).document(), **change})


def test_the_reason_of_a_stored_result_is_made_printable() -> None:
    assert ScriptResult.from_document(ScriptResult("failed_to_start", reason="\x1b[2J").document()).reason == r"\x1b[2J"
