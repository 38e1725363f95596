"""Pinned files are laid over a checkout right before a command starts, so that nothing else can have written them.

They keep their places, since scripts look for their neighbours there. They belong to the daemon and are read-only.
Where another user works in the checkout, the folders on their way are sticky: that user can make files of its own
beside them, and can neither replace nor rename them.

What stands in their way is refused, since the commit has none of it. Over the code of another release, which may have
links or folders there, it is replaced. No link is followed, and no file is written in place: it may have other names.
"""

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from sentinel.adapters import files
from sentinel.core.policy.pinning import Script
from sentinel.core.values.printable import printable
from sentinel.errors.command import PinnedPathReplacedError


def lay_over(checkout: Path, scripts: Iterable[Script], *, replacing: bool = False) -> None:
    """Raises PinnedPathReplacedError where something is on the way that is refused or cannot be replaced."""
    for script in scripts:
        try:
            with files.opened(checkout) as top:
                _write(top, script, replacing=replacing)
        except OSError as error:
            reason = error.strerror or str(error)
            raise PinnedPathReplacedError(path=printable(script.path), reason=reason) from None


def _write(top: int, script: Script, *, replacing: bool) -> None:
    *folders, name = script.path.split("/")
    for depth in range(len(folders) + 1):
        with files.inside(top, tuple(folders[:depth])) as folder:
            _protect(folder, script.path)
            if replacing:
                _clear(folder, (*folders, name)[depth], wanted=stat.S_ISDIR if depth < len(folders) else stat.S_ISREG)
            if depth < len(folders):
                with suppress(FileExistsError):
                    os.mkdir(folders[depth], 0o770, dir_fd=folder)
            else:
                mode = 0o555 if script.executable else 0o444
                files.write_whole(name, script.content, mode=mode, at=folder, lasting=False)


def _clear(folder: int, name: str, *, wanted: Callable[[int], bool]) -> None:
    """A folder in a file's place is put aside, and what is none in a folder's place is removed."""
    with suppress(FileNotFoundError):
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if wanted(kind):
            return
        if stat.S_ISDIR(kind):
            os.rename(name, files.unused_name(), src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


def _protect(folder: int, path: str) -> None:
    found = os.fstat(folder)
    if found.st_uid != os.geteuid():
        raise PinnedPathReplacedError(path=printable(path), reason="a folder on its way belongs to another user")
    if found.st_mode & stat.S_IWGRP:
        os.fchmod(folder, stat.S_IMODE(found.st_mode) | stat.S_ISVTX)
