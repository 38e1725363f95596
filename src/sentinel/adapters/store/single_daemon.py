"""The one daemon on a SQLite store needs nobody's permission but its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LocalLeases:
    """Leases among the tasks of this process."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    @asynccontextmanager
    async def lease(self, project_id: str) -> AsyncIterator[bool]:
        if project_id in self._taken:
            yield False
            return
        self._taken.add(project_id)
        try:
            yield True
        finally:
            self._taken.discard(project_id)

    async def server(self) -> str:
        """A file is on none."""
        return ""

    async def start(self) -> None:
        """There is nobody to listen to."""

    async def close(self) -> None:
        """There is nothing to close."""
