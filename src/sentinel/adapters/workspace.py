"""The folders of operations: checkouts, handed-out artifacts and logs, of which the newest are kept.

In separated mode a fresh checkout becomes one that another user can work in, by its group; the daemon stays its owner.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

import structlog
from anyio import to_thread

from sentinel.adapters import files
from sentinel.adapters.files import remove_tree
from sentinel.adapters.supervisor.launcher_client import TEMPORARY, LauncherClient, home_of
from sentinel.core.policy.pinning import Script
from sentinel.core.release.retention import Checkouts, Retention
from sentinel.core.release.script import CommandUser
from sentinel.core.values.printable import printable
from sentinel.errors.command import PinnedPathReplacedError

NO_LAUNCHERS: Mapping[CommandUser, LauncherClient] = MappingProxyType({})

log = structlog.get_logger(__name__)

KEPT_OF = {"production": 2, "rollback": 1, "staging": 1}
"""However old: a service may run from the folder that its script was given. Named by the step that ran the script."""
IN_PRODUCTION = ("production", "rollback")
"""The steps that ran production's scripts."""
FOLDER = 0o2770
"""What is made in such a folder has its group."""
PASSAGE = 0o710
"""The folder of an operation, which the group may go through, and not look around in."""
THROUGH = 0o711
"""What lies above it."""


class Workspace:
    """`folder` holds a folder for each project, with one for each operation."""

    def __init__(self, folder: Path, launchers: Mapping[CommandUser, LauncherClient] = NO_LAUNCHERS) -> None:
        """`launchers` act as the users of commands, where these are not the daemon's own processes."""
        self.folder = folder
        self._launchers = launchers

    async def hand_over(self, checkout: Path, user: CommandUser) -> None:
        if launcher := self._launchers.get(user):
            await to_thread.run_sync(_hand_over, self.folder, checkout, launcher.gid)

    async def lay_over(self, checkout: Path, scripts: Sequence[Script], *, replacing: bool) -> None:
        await to_thread.run_sync(partial(lay_over, checkout, scripts, replacing=replacing))

    async def take_back(self, checkout: Path, user: CommandUser) -> None:
        if launcher := self._launchers.get(user):
            await to_thread.run_sync(launcher.open_up, checkout)

    async def holds(self, project_id: str, checkout: str) -> bool:
        return await to_thread.run_sync(_is_folder, self.folder / project_id / checkout)

    async def drop_checkouts(self, project_id: str, kept: Checkouts) -> None:
        await to_thread.run_sync(self._drop, project_id, kept)

    async def outdated(self, project_id: str, retention: Retention, now: datetime) -> tuple[str, ...]:
        return await to_thread.run_sync(lambda: tuple(_outdated(self.folder / project_id, retention, now)))

    async def remove(self, project_id: str, operations: Sequence[str]) -> None:
        await to_thread.run_sync(self._each, project_id, operations, remove_tree)

    async def empty(self, project_id: str, operations: Sequence[str]) -> None:
        await to_thread.run_sync(self._each, project_id, operations, _empty)

    def _drop(self, project_id: str, kept: Checkouts) -> None:
        for at, place in _places(self.folder / project_id):
            if kept.every_production and any((place / step).is_dir() for step in IN_PRODUCTION):
                continue
            for checkout in place.glob("checkout-*"):
                if not kept.keeps(place.name, checkout.name):
                    self._remove(checkout)
            os.utime(place, (at, at))

    def _remove(self, checkout: Path) -> None:
        try:
            for launcher in self._launchers.values():
                launcher.remove_own(checkout)
            remove_tree(checkout)
        except OSError as error:
            log.warning("an old checkout was not removed", checkout=str(checkout), problem=error.strerror)

    def _each(self, project_id: str, operations: Sequence[str], change: Callable[[Path], None]) -> None:
        for operation in operations:
            try:
                place = self.folder / project_id / operation
                self._remove_files_of_users(place)
                change(place)
            except OSError as error:
                log.warning("an old operation was not removed", project=project_id, problem=error.strerror)

    def _remove_files_of_users(self, place: Path) -> None:
        """What they made, and may have closed to us."""
        for launcher in self._launchers.values():
            for checkout in place.glob("checkout-*"):
                launcher.remove_own(checkout)


def _is_folder(path: Path) -> bool:
    """A real one, not a link to one."""
    with suppress(OSError):
        return stat.S_ISDIR(path.lstat().st_mode)
    return False


def _outdated(folder: Path, retention: Retention, now: datetime) -> Iterator[str]:
    newest_first = sorted(_places(folder), reverse=True)
    times = [datetime.fromtimestamp(at, UTC) for at, _ in newest_first]
    left = dict(KEPT_OF)
    for (_, place), old in zip(newest_first, retention.outdated(times, retention.operations, now), strict=True):
        steps = [step for step in left if (place / step).is_dir()]
        needed = any(left[step] > 0 for step in steps)
        for step in steps:
            left[step] -= 1
        if old and not needed:
            yield place.name


def _places(folder: Path) -> Iterator[tuple[float, Path]]:
    """The folders of operations with their times; none where no operation has needed one yet."""
    for place in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            yield place.stat().st_mtime, place


def _empty(place: Path) -> None:
    at = place.stat().st_mtime
    for content in place.iterdir():
        remove_tree(content)
    os.utime(place, (at, at))


def _hand_over(work: Path, checkout: Path, gid: int) -> None:
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
                    _open_to_group(folder, gid)
            _give(own, gid, PASSAGE)


def _open_to_group(folder: int, gid: int) -> None:
    os.fchmod(folder, stat.S_IRWXU)
    for descriptor in files.contents_first(folder):
        mode = os.fstat(descriptor).st_mode
        _give(descriptor, gid, FOLDER if stat.S_ISDIR(mode) else (mode | (mode & stat.S_IRWXU) >> 3) & 0o777)


def _give(descriptor: int, gid: int, mode: int) -> None:
    """The group before the mode: a change of group clears the bits that come after it."""
    os.fchown(descriptor, -1, gid)
    os.fchmod(descriptor, mode)


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
