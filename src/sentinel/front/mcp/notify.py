"""Sends list_changed to every connection of a project whenever its computed list changes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import anyio
import structlog
from anyio.abc import TaskGroup

from sentinel.core.release.model import Project
from sentinel.core.values.times import Instant
from sentinel.engine.agents import Agents
from sentinel.errors import SentinelError
from sentinel.front.mcp.tools import MODES, Mode, signature

REFRESH_SECONDS = 60.0
"""How often the list is computed even if nobody reports a change."""
RETRY_SECONDS = 5.0
"""The pause after the store could not be read."""

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """One connection: the mode of its list, and the signature of the list that its client knows or is told of."""

    mode: Mode
    known: str | None

    def notify_tools_changed(self) -> None:
        """Tells a client of the 2025 era at once."""
        ...

    async def publish_tools_changed(self) -> None:
        """Tells a client of the 2026 era, and never waits for it."""
        ...


class Publisher:
    """Watches each project that has connections, once, and tells those whose list has changed."""

    def __init__(self, agents: Agents, tasks: TaskGroup) -> None:
        self._agents = agents
        self._tasks = tasks
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._watching: dict[str, anyio.CancelScope] = {}

    @contextmanager
    def listening(self, project_id: str, listener: Listener) -> Iterator[None]:
        """`listener` is told of changes of `project_id` until the end of the block."""
        self._listeners[project_id].add(listener)
        if project_id not in self._watching:
            scope = self._watching[project_id] = anyio.CancelScope()
            self._tasks.start_soon(self._watch, project_id, scope)
        try:
            yield
        finally:
            self._listeners[project_id].discard(listener)
            if not self._listeners[project_id]:
                del self._listeners[project_id]
                self._watching.pop(project_id).cancel()

    async def refresh(self, project_id: str) -> tuple[Project, Instant]:
        """Computes the list and tells those that know another one, but none that never asked for a list.

        Returns what the list was computed from.
        """
        project, now = await self._agents.project(project_id)
        current = {mode: signature(project, now, mode) for mode in MODES}
        told = [one for one in self._listeners.get(project_id, ()) if one.known not in (None, current[one.mode])]
        for listener in told:
            listener.known = current[listener.mode]
            listener.notify_tools_changed()
        for listener in told:
            await listener.publish_tools_changed()
        return project, now

    async def _watch(self, project_id: str, scope: anyio.CancelScope) -> None:
        with scope:
            while True:
                try:
                    async with self._agents.watch(project_id) as watch:
                        while True:
                            await self.refresh(project_id)
                            await watch.wait(REFRESH_SECONDS)
                except SentinelError as error:
                    log.warning("tools.watch_failed", project=project_id, error=str(error))
                except Exception:  # whatever it was, clients must go on being told of changes
                    log.exception("tools.watch_failed", project=project_id)
                await anyio.sleep(RETRY_SECONDS)
