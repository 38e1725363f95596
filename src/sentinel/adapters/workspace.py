"""The folders of operations: checkouts, handed-out artifacts and logs, of which the newest are kept."""

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
from sentinel.adapters.checkout_access import hand_over
from sentinel.adapters.files import remove_tree
from sentinel.adapters.supervisor.build_user import Guest
from sentinel.core.policy.pinning import Script
from sentinel.core.release.retention import Checkouts, Retention
from sentinel.core.release.script import CommandUser
from sentinel.core.values.printable import printable
from sentinel.errors.command import PinnedPathReplacedError

NOBODY: Mapping[CommandUser, Guest] = MappingProxyType({})

log = structlog.get_logger(__name__)

KEPT_OF = {"production": 2, "rollback": 1, "staging": 1}
"""However old: a service may run from the folder that its script was given. Named by the step that ran the script."""


IN_PRODUCTION = ("production", "rollback")
"""The steps that ran production's scripts."""


class Workspace:
    """`folder` holds a folder for each project, with one for each operation."""

    def __init__(self, folder: Path, guests: Mapping[CommandUser, Guest] = NOBODY) -> None:
        """`guests` are the users of commands, where these are not the daemon's own processes."""
        self.folder = folder
        self._guests = guests

    async def hand_over(self, checkout: Path, user: CommandUser) -> None:
        if guest := self._guests.get(user):
            await to_thread.run_sync(hand_over, self.folder, checkout, guest.gid)

    async def lay_over(self, checkout: Path, scripts: Sequence[Script], *, replacing: bool) -> None:
        await to_thread.run_sync(partial(lay_over, checkout, scripts, replacing=replacing))

    async def take_back(self, checkout: Path, user: CommandUser) -> None:
        if guest := self._guests.get(user):
            await to_thread.run_sync(guest.open_up, checkout)

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
            for guest in self._guests.values():
                guest.remove_own(checkout)
            remove_tree(checkout)
        except OSError as error:
            log.warning("an old checkout was not removed", checkout=str(checkout), problem=error.strerror)

    def _each(self, project_id: str, operations: Sequence[str], change: Callable[[Path], None]) -> None:
        for operation in operations:
            try:
                place = self.folder / project_id / operation
                self._let_guests_remove(place)
                change(place)
            except OSError as error:
                log.warning("an old operation was not removed", project=project_id, problem=error.strerror)

    def _let_guests_remove(self, place: Path) -> None:
        """What they made, and may have closed to us."""
        for guest in self._guests.values():
            for checkout in place.glob("checkout-*"):
                guest.remove_own(checkout)


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
