"""Those who work on the same store, as the store sees them."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Peers(Protocol):
    """Who has which project, and what they tell of their changes."""

    def lease(self, project_id: str) -> AbstractAsyncContextManager[bool]: ...

    async def start(self) -> None:
        """Listens to them. Raises StoreUnavailableError."""
        ...

    async def close(self) -> None:
        """Gives up every lease."""
        ...
