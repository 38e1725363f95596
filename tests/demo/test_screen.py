"""The demo's output: readable in 100 columns, on terminals and elsewhere, in whatever encoding there is."""

import io
from collections.abc import Mapping

import pytest

from sentinel.demo.actions import Progress
from sentinel.demo.screen import Look, Screen

LONG = "word " * 60


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def screen_on(stream: io.TextIOWrapper, environ: Mapping[str, str] | None = None) -> Screen:
    return Screen(stream, Look.of(stream, environ or {}))


def written(stream: io.TextIOWrapper) -> str:
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode(stream.encoding)


def test_what_is_said_stands_behind_its_speaker() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    screen_on(stream).says("agent", 'deploy(target="staging")')
    assert written(stream) == '   agent    ▸ deploy(target="staging")\n'


def test_an_encoding_without_the_signs_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    screen = screen_on(stream)
    screen.says("state", "DEPLOYING → VERIFYING")
    screen.block(["12.50 €"])
    screen.live("half", 0.5)
    assert written(stream).splitlines() == [
        "   state    > DEPLOYING -> VERIFYING",
        "            | 12.50 ?",
        "              [##########..........] half",
    ]


def test_long_text_is_wrapped_within_a_hundred_columns() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    screen = screen_on(stream)
    screen.says("sentinel", LONG)
    screen.block([LONG])
    screen.live(LONG, 0.1)
    assert max(map(len, written(stream).splitlines())) <= 100
    assert written(stream).split().count("word") >= 120


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_is_coloured_unless_the_user_says_no(environ: dict[str, str]) -> None:
    coloured, plain = Terminal(io.BytesIO(), "utf-8"), Terminal(io.BytesIO(), "utf-8")
    screen_on(coloured).says("agent", "run_tests()")
    screen_on(plain, environ).says("agent", "run_tests()")
    assert written(coloured) == "   \x1b[36magent    ▸\x1b[0m run_tests()\n"
    assert written(plain) == "   agent    ▸ run_tests()\n"


def test_on_a_terminal_a_live_line_is_written_over_and_its_last_words_stay() -> None:
    stream = Terminal(io.BytesIO(), "utf-8")
    screen = screen_on(stream)
    screen.live("10 s left")
    screen.live("9 s left")
    screen.text("done")
    margin = " " * 14
    assert written(stream) == f"\r{margin}10 s left\r{margin}9 s left \ndone\n"


def test_elsewhere_a_live_line_speaks_now_and_then() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    screen = screen_on(stream)
    for left in range(10, 0, -1):
        screen.live(f"{left} s left")
    screen.end_live()
    screen.live("the next one")
    assert written(stream).split("\n") == [f"{' ' * 14}10 s left", f"{' ' * 14}the next one", ""]


def test_progress_shows_every_new_state_and_the_verification_as_a_bar() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    progress = Progress(screen_on(stream), "AWAITING_APPROVAL")
    probes = "0 of 9 probes failed (0 %), 0 of 9 answers were slow (0 %)"
    progress("AWAITING_APPROVAL: deployment is running, at trust.")
    progress("DEPLOYING: deployment is running, at health.")
    progress(f"VERIFYING: deployment is running, at verification (00:10 left, {probes}).")
    progress.enter("IDLE")
    assert written(stream).splitlines() == [
        "   state    ▸ AWAITING_APPROVAL → DEPLOYING",
        "   state    ▸ DEPLOYING → VERIFYING",
        "              [░░░░░░░░░░░░░░░░░░░░] 10 s left, 0 of 9 probes failed (0 %)",
        "   state    ▸ VERIFYING → IDLE",
    ]
    assert progress.watched == "0 of 9 probes failed (0 %)"
