"""What the demo prints: who says what, in 100 columns."""

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
"""SGR codes by speaker; other speakers have none."""
_ASCII = str.maketrans({"▸": ">", "│": "|", "█": "#", "░": ".", "→": "->", "…": "..."})


@dataclass(frozen=True, slots=True)
class Look:
    """`width` is in columns, at most COLUMNS; on a `terminal` a line can be overwritten."""

    terminal: bool
    colours: bool
    encoding: str
    width: int

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> "Look":
        """Colours only on a terminal, and never with NO_COLOR (no-color.org)."""
        terminal = stream.isatty() and environ.get("TERM") != "dumb"
        width = min(COLUMNS, shutil.get_terminal_size().columns) if terminal else COLUMNS
        colours = terminal and not environ.get("NO_COLOR")
        return cls(terminal, colours, stream.encoding or "ascii", max(_NARROWEST, width))

    def coloured(self, name: str, text: str) -> str:
        code = _COLOURS.get(name) if self.colours else None
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def encodable(self, text: str) -> str:
        """`text` in the stream's encoding: if that lacks one of the demo's signs, all are replaced by ASCII, so that
        frames look the same everywhere. Other characters that it lacks become question marks.
        """
        try:
            "".join(map(chr, _ASCII)).encode(self.encoding)
        except UnicodeEncodeError:
            text = text.translate(_ASCII)
        return text.encode(self.encoding, "replace").decode(self.encoding)


QUIET_SECONDS = 3.0
"""Without a terminal: the time between two prints of the live line."""
BAR = 20
_SPEAKER = 8
_MARGIN = " " * 3
_INDENT = f"{_MARGIN}{' ' * _SPEAKER} "


class Screen:
    """Prints lines to `stream`, and at most one live line below them, which stays when the next line comes.

    `scene` is the number and the title of the current scene.
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
        """`agent ▸ what it says`, wrapped; `colour` replaces the speaker's own."""
        first, *rest = self._wrapped(text)
        head = self._look.coloured(colour or speaker, f"{speaker:<{_SPEAKER}} ▸")
        self._lines([f"{_MARGIN}{head} {first}".rstrip(), *(f"{_INDENT}  {line}" for line in rest)])

    def block(self, lines: Iterable[str]) -> None:
        """Quotes another screen or a file."""
        self._lines([f"{_INDENT}│ {line}".rstrip() for text in lines for line in self._wrapped(text)])

    def live(self, text: str, done: float | None = None) -> None:
        """A line that changes in place, with a bar for the share that is `done`. Without a terminal, it prints a line
        every QUIET_SECONDS, however often it is called.
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
        """The live line stays as it is; the next one is printed at once."""
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
