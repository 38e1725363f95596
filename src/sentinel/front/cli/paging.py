"""Long texts for a person at a terminal: one page at a time, and differences in colour. Standard library only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from sentinel.front.cli.printing import say

_COLOURS = {"+": "32", "-": "31", "@": "36", "=": "1"}


def page(lines: Sequence[str]) -> None:
    """Shows the lines; by a pager where they are more than the screen has, and somebody can turn its pages."""
    if not sys.stdout.isatty():
        say("\n".join(lines))
        return
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    text = "\n".join(lines if plain else map(_coloured, lines))
    rows = shutil.get_terminal_size((80, 0)).lines if _has_size() else 0
    pager = shutil.which("less")
    if pager is None or not 0 < rows <= len(lines) or subprocess.run([pager, "-R"], input=text.encode()).returncode:  # noqa: S603, PLW1510
        say(text)


def _has_size() -> bool:
    return os.get_terminal_size(sys.stdout.fileno()).lines > 0


def _coloured(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return f"\x1b[{colour}m{line}\x1b[m" if colour else line
