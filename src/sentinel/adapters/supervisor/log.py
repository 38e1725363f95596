"""A command's output as it may be shown: decoded whatever it is, with nothing in it that a terminal obeys."""

import os
import re
from pathlib import Path

from sentinel.core.values.printable import printable_lines

TAIL_BYTES = 4096
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
"""Colours, titles and cursor movements (ECMA-48 CSI, OSC and other strings), which carry no text.

A title that does not end on its line is none: a terminal would hide what follows it, and the failure with it.
"""


def last_lines(log: Path) -> str:
    """The last 4 KiB of the output at most; empty where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - TAIL_BYTES))
            return readable(stream.read(TAIL_BYTES))
    except OSError:
        return ""


def readable(output: bytes, *, limit: int = TAIL_BYTES) -> str:
    """Text of several lines, its last `limit` characters; every character that is not for showing is escaped."""
    text = _ESCAPE.sub("", output.decode(errors="replace")).replace("\r\n", "\n")
    return printable_lines(text, limit=limit)[-limit:]
