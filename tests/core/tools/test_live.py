"""The live view: as many lines as the screen takes, a bar where it is known how far a step is, and nothing obeyed."""

import unicodedata
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.release.model import OperationKind
from sentinel.core.release.states import State
from sentinel.core.tools.status import status_of
from sentinel.core.tools.status_text import Live, live_lines
from sentinel.core.values.screen import Screen, cut
from tests.core.projects import NOON, instant, project, running

SCREEN = Screen(width=80)


def live(**fields: object) -> Live:
    """VERIFYING for two minutes and five seconds, of which the step has taken five."""
    at = project(State.VERIFYING)
    assert at.operation is not None
    moved = at.operation.model_copy(update={"step": "verification"})
    status = status_of(at.model_copy(update={"operation": moved}), instant(timedelta(minutes=2)), trust="advisory")
    values = {
        "status": status,
        "at": NOON + timedelta(minutes=2, seconds=5),
        "step": "verification",
        "step_started": NOON + timedelta(minutes=2),
        "progress": "02:30 left, 3 of 200 probes failed (1.5 %)",
        "share": 0.5,
    }
    return Live.model_validate({**values, **fields})


def test_a_verification_has_a_bar_and_says_how_long_it_has_been_running() -> None:
    lines = list(live_lines(live(), SCREEN))
    assert lines[0].startswith("shop  VERIFYING  v1.2.0")
    assert lines[1].endswith(": verification, 5 s")
    assert lines[2] == "[██████████░░░░░░░░░░] 02:30 left, 3 of 200 probes failed (1.5 %)"


def test_a_running_command_is_shown_by_its_last_lines() -> None:
    lines = list(live_lines(live(command="production", output=("copying", "x" * 200)), SCREEN))
    assert lines[-3:-1] == ["output of production:", "  | copying"]
    assert len(lines[-1]) == 80


def test_a_command_that_has_printed_nothing_has_no_output_shown() -> None:
    lines = list(live_lines(live(command="setup", output=()), SCREEN))
    assert not [line for line in lines if "output of" in line or line.startswith("  |")]


def test_where_nothing_runs_the_state_is_told() -> None:
    at = status_of(project(State.SOAKING), instant(), trust="advisory")
    lines = list(live_lines(Live(status=at, at=NOON), SCREEN))
    assert any("Production unlocks in 10:00" in line for line in lines)
    tests = status_of(running(project(State.ACTIVE), OperationKind.TESTS), instant(), trust="advisory")
    assert "tests, 3 s" in list(live_lines(Live(status=tests, at=NOON + timedelta(seconds=3)), SCREEN))


def test_without_a_screen_it_is_one_line_with_the_time() -> None:
    (line,) = live_lines(live(), Screen())
    assert line.startswith("12:02:05 UTC  VERIFYING: ")
    assert line.endswith(" [2 min 5 s]")


@given(text=st.text(max_size=200), width=st.integers(20, 200))
def test_no_line_is_wider_than_the_screen_and_nothing_is_obeyed(text: str, width: int) -> None:
    shown = live(progress=text, command="build", output=tuple(text.splitlines()) or ("",), step=text)
    for line in live_lines(shown, Screen(width=width)):
        assert columns(line) <= width
        assert not any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in line)


def columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(bool(unicodedata.combining(sign)) for sign in text)


def test_a_text_is_cut_by_the_columns_that_it_takes() -> None:
    assert cut("日本語テキスト", 7) == "日本語…"
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
