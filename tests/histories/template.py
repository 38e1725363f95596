"""An empty store of the present schema, which every history copies: to make one takes longer than a history."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.store import SqlStore


@contextmanager
def new_template() -> Iterator[Path]:
    with TemporaryDirectory(prefix="s-") as folder:
        path = Path(folder) / "sentinel.db"
        asyncio.run(_make(path))
        yield path


async def _make(path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{path}", SystemClock())
    await store.close()
