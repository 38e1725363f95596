"""The folders of operations: checkouts, handed-out artifacts and logs, of which the newest are kept."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog
from anyio import to_thread

from sentinel.adapters.handing_over import hand_over
from sentinel.adapters.supervisor.guests import Guests
from sentinel.adapters.trees import remove_tree
from sentinel.core.retention import Retention

log = structlog.get_logger(__name__)

KEPT_OF = {"production": 2, "rollback": 1, "staging": 1}
"""However old: a service may run from the folder that its script was given. Named by the step that ran the script."""


class Workspace:
    """`folder` holds a folder for each project, with one for each operation."""

    def __init__(self, folder: Path, guests: Guests | None = None) -> None:
        """`guests` are the build user, where commands are not the daemon's own processes."""
        self.folder = folder
        self._guests = guests

    async def hand_over(self, checkout: Path) -> None:
        if self._guests is not None:
            await to_thread.run_sync(hand_over, self.folder, checkout, self._guests.gid)

    async def take_back(self, checkout: Path) -> None:
        if self._guests is not None:
            await to_thread.run_sync(self._guests.open_up, checkout)

    async def outdated(self, project_id: str, retention: Retention, now: datetime) -> tuple[str, ...]:
        return await to_thread.run_sync(lambda: tuple(_outdated(self.folder / project_id, retention, now)))

    async def remove(self, project_id: str, operations: Sequence[str]) -> None:
        await to_thread.run_sync(self._each, project_id, operations, remove_tree)

    async def empty(self, project_id: str, operations: Sequence[str]) -> None:
        await to_thread.run_sync(self._each, project_id, operations, _empty)

    def _each(self, project_id: str, operations: Sequence[str], change: Callable[[Path], None]) -> None:
        for operation in operations:
            try:
                place = self.folder / project_id / operation
                self._let_guests_remove(place)
                change(place)
            except OSError as error:
                log.warning("an old operation was not removed", project=project_id, problem=error.strerror)

    def _let_guests_remove(self, place: Path) -> None:
        """What the build user made, and may have closed to us."""
        if self._guests is not None:
            for checkout in place.glob("checkout-*"):
                self._guests.remove_own(checkout)


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
