"""`python -m tests.demo.recording FILE` plays `sentinel demo` at a pseudo-terminal and draws what it showed, as an SVG.

The picture is for the README: it moves where SVG's own animation (SMIL) is played, and loops; pauses are shortened.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

COLUMNS, ROWS = 100, 30
PAUSE_SECONDS, LAST_SECONDS = 0.6, 6.0
"""How long the picture stands still at most between two lines, and at its end."""
LINE, WIDTH, EDGE = 17, 7.85, 16
"""In pixels: the height of a line, the width of a character at 13 px, and the frame."""
COLOURS = {"1": "#ffffff", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "35": "#d2a8ff", "36": "#79c0ff"}
_SGR = re.compile(r"\x1b\[(\d*)m")
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">
<style>text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<animate id="c" attributeName="visibility" to="visible" begin="0;c.end" dur="{seconds}s"/>
<svg x="{edge}" y="{edge}" width="{inner_width}" height="{inner_height}"><svg overflow="visible">
"""
_LABEL = (
    "A recording of sentinel demo: a release is blocked, repaired, soaked, approved, verified; another is rolled back"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stood in line `row` from `begin` on, until `end` where something else took its place; in seconds."""

    row: int
    text: str
    begin: float
    end: float | None = None


def played(*command: str) -> Iterator[tuple[float, str]]:
    """The output of `command` at a terminal, in pieces, with the seconds since its start. Raises OSError."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, os.environ | {"TERM": "xterm-256color"})  # noqa: S606 - the demo itself
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    start, begun = time.monotonic(), b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # what a terminal says once its program has ended
            break
        # A sign of several bytes may be cut by the end of a piece.
        begun += piece
        whole = begun.decode("utf-8", "ignore")
        begun = begun[len(whole.encode()) :]
        yield time.monotonic() - start, whole
    if os.waitpid(child, 0)[1]:
        raise OSError("the demo failed")


def quickened(pieces: Iterator[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """The same with no pause longer than PAUSE_SECONDS."""
    at = before = 0.0
    for moment, text in pieces:
        at += min(moment - before, PAUSE_SECONDS)
        before = moment
        yield at, text


def lines(pieces: Iterator[tuple[float, str]]) -> list[Shown]:
    """Every line with when it was shown; one that was written over is several, one after the other."""
    shown: list[Shown] = []
    row, current = 0, ""
    for at, text in pieces:
        for part in re.split(r"(\r?\n|\r)", text):
            if part.endswith("\n"):
                row, current = row + 1, ""
            elif part == "\r":
                current = ""
            elif part:
                current += part
                if shown and shown[-1].row == row:
                    shown[-1] = replace(shown[-1], end=at)
                shown.append(Shown(row, current.rstrip(), at))
    return [line for line in shown if line.end is None or line.end > line.begin]


def picture(shown: list[Shown]) -> str:
    """The SVG: every line appears at its time, and the window follows the last one."""
    seconds = round(shown[-1].begin + LAST_SECONDS, 1)
    width, height = round(COLUMNS * WIDTH), ROWS * LINE
    sizes = {"width": width + 2 * EDGE, "height": height + 2 * EDGE, "inner_width": width, "inner_height": height}
    parts = [_HEAD.format(**sizes, seconds=seconds, edge=EDGE, label=_LABEL), _scrolling(shown, seconds)]
    for line in shown:
        end = "c.end" if line.end is None else f"c.begin+{line.end:.2f}s"
        moment = f'<set attributeName="visibility" to="visible" begin="c.begin+{line.begin:.2f}s" end="{end}"/>'
        place = f'y="{line.row * LINE + 13}" visibility="hidden"'
        parts.append(f"<text {place}>{_coloured(line.text)}{moment}</text>\n")
    return "".join((*parts, "</svg></svg></svg>\n"))


def _scrolling(shown: list[Shown], seconds: float) -> str:
    """Where the window stands, from each line that is below it on."""
    tops = {max(0, line.row - ROWS + 1): line.begin for line in reversed(shown)}
    steps = sorted((begin, top) for top, begin in tops.items())
    values = ";".join(str(-top * LINE) for _, top in steps)
    times = ";".join(f"{begin / seconds:.4f}" for begin, _ in ((0.0, 0), *steps[1:]))
    moving = f'begin="0;c.end" dur="{seconds}s" calcMode="discrete" values="{values}" keyTimes="{times}"'
    return f'<animate attributeName="y" {moving}/>\n'


def _coloured(text: str) -> str:
    """`text` with its SGR colours as spans."""
    parts, colour = [], None
    for index, part in enumerate(_SGR.split(text)):
        if index % 2:
            colour = COLOURS.get(part)
        elif part:
            span = f'<tspan fill="{colour}">{escape(part)}</tspan>' if colour else escape(part)
            parts.append(span)
    return "".join(parts)


if __name__ == "__main__":
    program = str(Path(sys.executable).with_name("sentinel"))
    Path(sys.argv[1]).write_text(picture(lines(quickened(played(program, "demo")))), encoding="utf-8")
