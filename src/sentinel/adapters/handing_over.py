"""A fresh checkout becomes one that another user can work in, by its group; the daemon stays its owner."""

import os
import stat
from pathlib import Path

from sentinel.adapters import trees

FOLDER = 0o2770
"""What is made in such a folder has its group."""
PASSAGE = 0o710
"""A folder that the group may go through, and not look around in."""


def hand_over(work: Path, checkout: Path, gid: int) -> None:
    """Gives group `gid` the checkout below `work`, and the way to it.

    The checkout's own folder is opened last: until then nobody else can reach anything below it.
    """
    parts = checkout.relative_to(work).parts
    with trees.opened(work) as top:
        for depth in range(1, len(parts)):
            with trees.inside(top, parts[:depth]) as passage:
                _give(passage, gid, PASSAGE)
        with trees.inside(top, parts) as folder:
            os.fchmod(folder, stat.S_IRWXU)
            for descriptor in trees.contents_first(folder):
                mode = os.fstat(descriptor).st_mode
                is_folder = stat.S_ISDIR(mode)
                _give(descriptor, gid, FOLDER if is_folder else (mode | (mode & stat.S_IRWXU) >> 3) & 0o777)


def _give(descriptor: int, gid: int, mode: int) -> None:
    """The group before the mode: a change of group clears the bits that come after it."""
    os.fchown(descriptor, -1, gid)
    os.fchmod(descriptor, mode)
