"""A fresh checkout becomes one that another user can work in, by its group; the daemon stays its owner."""

import os
import stat
from pathlib import Path

from sentinel.adapters import files

FOLDER = 0o2770
"""What is made in such a folder has its group."""
PASSAGE = 0o710
"""The folder of an operation, which the group may go through, and not look around in."""
THROUGH = 0o711
"""What lies above it."""
TEMPORARY = "tmp"


def home_of(checkout: Path) -> Path:
    """HOME of the commands that run in `checkout`: as fresh as that, with a folder for temporary files."""
    return checkout.with_name(f"{checkout.name}-home")


def hand_over(work: Path, checkout: Path, gid: int) -> None:
    """Gives group `gid` the checkout below `work`, the way to it, and an empty home beside it.

    Each top folder is opened last: until then nobody else can reach anything below it.
    """
    home = home_of(checkout)
    files.remove_tree(home)
    (home / TEMPORARY).mkdir(mode=stat.S_IRWXU, parents=True)
    *above, _ = checkout.relative_to(work).parts
    with files.opened(work) as top:
        for depth in range(1, len(above)):
            with files.inside(top, tuple(above[:depth])) as passage:
                os.fchmod(passage, THROUGH)
        with files.inside(top, tuple(above)) as own:
            for name in (home.name, checkout.name):
                with files.opened(name, at=own) as folder:
                    _open(folder, gid)
            _give(own, gid, PASSAGE)


def _open(folder: int, gid: int) -> None:
    os.fchmod(folder, stat.S_IRWXU)
    for descriptor in files.contents_first(folder):
        mode = os.fstat(descriptor).st_mode
        _give(descriptor, gid, FOLDER if stat.S_ISDIR(mode) else (mode | (mode & stat.S_IRWXU) >> 3) & 0o777)


def _give(descriptor: int, gid: int, mode: int) -> None:
    """The group before the mode: a change of group clears the bits that come after it."""
    os.fchown(descriptor, -1, gid)
    os.fchmod(descriptor, mode)
