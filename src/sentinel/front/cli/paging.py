"""Long texts on a terminal, by the pager that is there."""

import os
import shutil
import subprocess
import sys

from sentinel.front.cli.printing import say


def page(text: str) -> None:
    """Shows it; by a pager where it has more lines than the screen, and somebody can turn its pages.

    What was read stays on the screen, above the question that follows it.
    """
    if not sys.stdout.isatty():
        say(text)
        return
    has_size = os.get_terminal_size(sys.stdout.fileno()).lines > 0
    rows = shutil.get_terminal_size((80, 0)).lines if has_size else 0
    pager = shutil.which("less")
    fits = not 0 < rows <= text.count("\n") + 1
    if pager is None or fits or subprocess.run([pager, "-RX"], input=text.encode()).returncode:  # noqa: S603, PLW1510
        say(text)
