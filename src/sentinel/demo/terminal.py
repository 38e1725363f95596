"""What the stream at hand can show: a line that moves, colours, more than ASCII."""

import os
import shutil
from collections.abc import Mapping
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
