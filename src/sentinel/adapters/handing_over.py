"""A fresh checkout becomes one that the build user can work in, by its group; the daemon stays its owner."""

import os
import stat
from pathlib import Path

FOLDER = 0o2770
"""What is made in such a folder has its group."""
PASSAGE = 0o710
"""A folder that the build user may go through, and not look around in."""


def hand_over(work: Path, checkout: Path, gid: int) -> None:
    """Gives group `gid` the checkout below `work`, and the way to it."""
    for folder in checkout.parents:
        if folder == work or not folder.is_relative_to(work):
            break
        os.chown(folder, -1, gid)
        folder.chmod(PASSAGE)
    os.chown(checkout, -1, gid)
    checkout.chmod(FOLDER)
    for place, folders, files in os.walk(checkout):
        for name in (*folders, *files):
            _give(Path(place, name), gid)


def _give(path: Path, gid: int) -> None:
    os.chown(path, -1, gid, follow_symlinks=False)
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        path.chmod(FOLDER)
    elif stat.S_ISREG(mode):
        path.chmod((mode | (mode & stat.S_IRWXU) >> 3) & 0o777)
