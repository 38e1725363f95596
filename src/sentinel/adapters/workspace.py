"""The folders of operations: checkouts, handed-out artifacts and logs, of which the newest are kept."""

from collections.abc import Iterator
from pathlib import Path

import structlog
from anyio import to_thread

from sentinel.adapters.git.checkout import remove_tree

log = structlog.get_logger(__name__)

KEPT = 20
"""Folders of a project that are kept, newest first."""
KEPT_OF = {"production": 2, "rollback": 1, "staging": 1}
"""Besides these: a service may run from the folder that its script was given. Named by the step that ran the script."""


class Workspace:
    """`folder` holds a folder for each project, with one for each operation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def tidy(self, project_id: str) -> None:
        """Removes what is old; what cannot be removed is tried again another time."""
        await to_thread.run_sync(self._tidy, project_id)

    def _tidy(self, project_id: str) -> None:
        folder = self.folder / project_id
        if not folder.exists():  # no operation has needed one yet
            return
        try:
            places = [(place.stat().st_mtime, place) for place in folder.iterdir()]
            newest_first = [place for _, place in sorted(places, reverse=True)]
            for place in _old(newest_first):
                remove_tree(place)
        except OSError as error:
            log.warning("old operations were not removed", project=project_id, problem=error.strerror)


def _old(newest_first: list[Path]) -> Iterator[Path]:
    left = dict(KEPT_OF)
    for number, place in enumerate(newest_first):
        steps = [step for step in left if (place / step).is_dir()]
        if number < KEPT or any(left[step] > 0 for step in steps):
            for step in steps:
                left[step] -= 1
            continue
        yield place
