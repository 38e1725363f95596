"""What the build user does with its own files, as itself, so that the daemon can read and remove them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from sentinel.adapters import trees


def open_up(path: Path) -> None:
    """Lets the group read everything below `path` that is the user's own, whatever modes a command gave it."""
    for place, folders, files in os.walk(path):
        for name in folders:
            _add(Path(place, name), stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP)  # before it is entered
        for name in files:
            _add(Path(place, name), stat.S_IRUSR | stat.S_IRGRP)


def remove_own(path: Path) -> None:
    """Removes below `path` what the user may remove; the rest is left to whom it belongs."""
    with suppress(OSError):
        trees.remove_contents(path, lambda _: None)


def _add(path: Path, bits: int) -> None:
    """Where a link was put in its place meanwhile, it leads to what the user may change anyway."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and bits & ~mode:
            path.chmod(stat.S_IMODE(mode) | bits)
