"""What the audience sees: who says what, readable at a glance in 100 columns."""

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TextIO

COLUMNS = 100
_NARROWEST = 60
_COLOURS = MappingProxyType(
    {
        "agent": "36",
        "human": "35",
        "sentinel": "32",
        "refused": "31",
        "pushed": "33",
        "notified": "33",
        "title": "1",
    }
)
"""SGR codes by speaker; who is not here has none."""
_ASCII = str.maketrans({"▸": ">", "│": "|", "█": "#", "░": ".", "→": "->", "…": "..."})


@dataclass(frozen=True, slots=True)
class Look:
    """`width` is in columns, at most COLUMNS; `terminal` says whether a line can be written over."""

    terminal: bool
    colours: bool
    encoding: str
    width: int

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> "Look":
        """Colours on a terminal alone, and never with NO_COLOR (no-color.org)."""
        terminal = stream.isatty() and environ.get("TERM") != "dumb"
        width = min(COLUMNS, shutil.get_terminal_size().columns) if terminal else COLUMNS
        colours = terminal and not environ.get("NO_COLOR")
        return cls(terminal, colours, stream.encoding or "ascii", max(_NARROWEST, width))

    def coloured(self, name: str, text: str) -> str:
        code = _COLOURS.get(name) if self.colours else None
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def encodable(self, text: str) -> str:
        """`text`, with ASCII for the demo's own signs and question marks for the rest where the encoding has no more.

        All signs of a stream change together, so that a frame is never half of one and half of the other.
        """
        try:
            "".join(map(chr, _ASCII)).encode(self.encoding)
        except UnicodeEncodeError:
            text = text.translate(_ASCII)
        return text.encode(self.encoding, "replace").decode(self.encoding)


QUIET_SECONDS = 3.0
"""Where stdout is no terminal, how long the live line says nothing after it has said something."""
BAR = 20
_SPEAKER = 8
_MARGIN = " " * 3
_INDENT = f"{_MARGIN}{' ' * _SPEAKER} "


class Screen:
    """Lines on `stream`, and at most one live line below them, which the next line leaves standing.

    `scene` is the title of the scene that plays.
    """

    def __init__(self, stream: TextIO, look: Look) -> None:
        self._stream = stream
        self._look = look
        self._live = ""
        self._spoke = 0.0
        self.scene = "0"

    def title(self, number: int, title: str) -> None:
        self.scene = f'{number}, "{title}"'
        self._lines(["", self._look.coloured("title", f"{number:>2} {title}")])

    def text(self, text: str) -> None:
        self._lines(textwrap.wrap(text, self._look.width) or [""])

    def says(self, speaker: str, text: str, *, colour: str = "") -> None:
        """`agent ▸ what it says`, wrapped under itself; `colour` is one other than the speaker's own."""
        first, *rest = self._wrapped(text)
        head = self._look.coloured(colour or speaker, f"{speaker:<{_SPEAKER}} ▸")
        self._lines([f"{_MARGIN}{head} {first}".rstrip(), *(f"{_INDENT}  {line}" for line in rest)])

    def block(self, lines: Iterable[str]) -> None:
        """What stands on another screen or in a file, as it stands there."""
        self._lines([f"{_INDENT}│ {line}".rstrip() for text in lines for line in self._wrapped(text)])

    def live(self, text: str, done: float | None = None) -> None:
        """A line that moves, with a bar of the share that is `done`; where there is no terminal, a line now and then.

        It may be called as often as anything changes.
        """
        now = time.monotonic()
        if not self._look.terminal and now - self._spoke < QUIET_SECONDS:
            return
        self._spoke = now
        line = f"{_INDENT}  {self._bar(done)}{text}"[: self._look.width - 1]
        if self._look.terminal:
            self._write(f"\r{line:<{len(self._live)}}")
            self._live = line
        else:
            self._lines([line])

    def end_live(self) -> None:
        """The live line stays as it is; the next one may speak at once."""
        self._spoke = 0.0
        if self._live:
            self._live = ""
            self._write("\n")

    def _bar(self, done: float | None) -> str:
        if done is None:
            return ""
        full = round(BAR * min(1.0, max(0.0, done)))
        return f"[{'█' * full}{'░' * (BAR - full)}] "

    def _wrapped(self, text: str) -> list[str]:
        return textwrap.wrap(text, self._look.width - len(_INDENT) - 2, break_on_hyphens=False) or [""]

    def _lines(self, lines: Iterable[str]) -> None:
        if self._live:
            self.end_live()
        self._write("".join(f"{line}\n" for line in lines))

    def _write(self, text: str) -> None:
        self._stream.write(self._look.encodable(text))
        self._stream.flush()


def stdout_screen() -> Screen:
    return Screen(sys.stdout, Look.of(sys.stdout))
