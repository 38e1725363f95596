"""The picture of the README shows every line of the demo, at its time."""

from tests.demo.recording import Shown, lines, picture, quickened

PIECES = [(0.0, "\x1b[36magent\x1b[0m <calls>\r\n"), (9.0, "\r 1 %"), (9.2, "\r 2 %"), (9.3, "\r\ndone\r\n")]


def test_a_line_that_is_written_over_is_shown_until_then() -> None:
    assert lines(iter(PIECES))[1:] == [Shown(1, " 1 %", 9.0, 9.2), Shown(1, " 2 %", 9.2), Shown(2, "done", 9.3)]


def test_pauses_are_shortened_and_nothing_else_is() -> None:
    assert [round(at, 2) for at, _ in quickened(iter(PIECES))] == [0.0, 0.6, 0.8, 0.9]


def test_text_is_escaped_and_keeps_its_colour() -> None:
    drawn = picture(lines(iter(PIECES)))
    assert '<tspan fill="#79c0ff">agent</tspan> &lt;calls&gt;' in drawn
    assert "\x1b" not in drawn
