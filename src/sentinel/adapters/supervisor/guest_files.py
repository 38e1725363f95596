"""What the build user does with its own files, as itself, so that the daemon can read and remove them."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def open_up(path: Path) -> None:
    """Lets the group read everything below `path` that is the user's own, whatever modes a command gave it."""
    _make_own(path, stat.S_IRUSR | stat.S_IRGRP, folders=stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP)


def remove_own(path: Path) -> None:
    """Removes below `path` what the user may remove; the rest is left to whom it belongs."""
    _make_own(path, 0, folders=stat.S_IRWXU)
    for place, folders, files in os.walk(path, topdown=False):
        for name in files:
            with suppress(OSError):
                Path(place, name).unlink()
        for name in folders:
            inside = Path(place, name)
            with suppress(OSError):
                inside.unlink() if inside.is_symlink() else inside.rmdir()


def _make_own(path: Path, bits: int, *, folders: int) -> None:
    """Adds `bits` to the modes of own files, `folders` to those of own folders before they are entered."""
    for place, inside, files in os.walk(path):
        for name, added in (*((name, folders) for name in inside), *((name, bits) for name in files)):
            with suppress(OSError):
                entry = Path(place, name)
                mode = entry.lstat().st_mode
                if not stat.S_ISLNK(mode) and added & ~mode:
                    entry.chmod(stat.S_IMODE(mode) | added)
