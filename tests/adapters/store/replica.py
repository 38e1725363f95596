"""A replica that holds the lease of `shop`, with a server that is quick to give up on it: python -m … URL."""

import sys

import anyio

from sentinel.adapters.store import replicas
from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.documents import StoppedClock


async def main(url: str) -> None:
    replicas.WATCH_SECONDS = 0.1
    replicas.SILENCE_SECONDS = 1
    store = await SqlStore.open(url, StoppedClock())
    async with store.lease("shop") as held:
        assert held
        sys.stdout.write("held\n")
        sys.stdout.flush()
        await anyio.sleep_forever()
    sys.stdout.write("lost\n")
    sys.stdout.flush()
    await store.close()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1])
