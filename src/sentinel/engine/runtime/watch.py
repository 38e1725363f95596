"""Watching projects: every watcher of this process learns of changes and of progress."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from sentinel.core.tools.catalog import next_change
from sentinel.ports.store import Clock, Store

EVERY = ""
"""In place of a project's id: watches all projects."""
SHORTEST_WAIT_SECONDS = 0.01
"""The pause before another look if the clock should have made a change already."""


class ProjectWatch:
    """Changes of one project, for one watcher. Several changes between two waits count as one."""

    def __init__(self, hub: "Hub", project_id: str) -> None:
        self._hub = hub
        self._project_id = project_id
        self.changed = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """True as soon as anything has changed, also by the clock, as at the end of a soak; False after `seconds`."""
        change = await self._hub.seconds_to_change(self._project_id)
        clock_first = change is not None and change < seconds
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), change if clock_first else seconds)
            self.changed.clear()
            return True
        return clock_first


Watching = Callable[[str], AbstractAsyncContextManager[ProjectWatch]]
"""Watches the project with that id."""


class Hub:
    """Feeds every watcher of this process from the store's changes and from running steps."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._watches: defaultdict[str, set[ProjectWatch]] = defaultdict(set)
        self._texts: dict[str, tuple[str, float | None]] = {}

    async def run(self) -> None:
        """Fans out until cancelled."""
        async with self._store.changes() as changes:
            async for project_id in changes:
                for watched in tuple(self._watches) if project_id is None else (project_id,):
                    self._wake(watched)

    @asynccontextmanager
    async def watch(self, project_id: str) -> AsyncIterator[ProjectWatch]:
        watch = ProjectWatch(self, project_id)
        self._watches[project_id].add(watch)
        try:
            yield watch
        finally:
            self._watches[project_id].discard(watch)
            if not self._watches[project_id]:
                del self._watches[project_id]

    async def seconds_to_change(self, project_id: str) -> float | None:
        """How long until the clock alone changes the list of tools."""
        snapshot = await self._store.load(project_id)
        if snapshot is None:
            return None
        remaining = next_change(snapshot.project, self._clock.now())
        return max(SHORTEST_WAIT_SECONDS, remaining.total_seconds()) if remaining else None

    def report(self, project_id: str, text: str, share: float | None = None) -> None:
        """The progress of the running step, and the share that is done; an empty text when it has ended."""
        if text:
            self._texts[project_id] = (text, share)
        else:
            self._texts.pop(project_id, None)
        self._wake(project_id)

    def text(self, project_id: str) -> str:
        return self._texts.get(project_id, ("", None))[0]

    def share(self, project_id: str) -> float | None:
        return self._texts.get(project_id, ("", None))[1]

    def _wake(self, project_id: str) -> None:
        for watched in (project_id, EVERY):
            for watch in self._watches.get(watched, ()):
                watch.changed.set()
