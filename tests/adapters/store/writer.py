"""A daemon that only writes, until it is killed: it prints each number that is committed."""

import itertools
import sys

import anyio

from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.documents import REGISTERED, StoppedClock, finding, named, shop


def run(words: list[str]) -> int:
    anyio.run(_write, words[0])
    return 0


async def _write(url: str) -> None:
    store = await SqlStore.open(url, StoppedClock())
    await store.create(shop(), REGISTERED)
    for number in itertools.count(len(await store.steps("op")) + 1):
        async with store.transaction("shop") as tx:
            await tx.record_step("op", f"{number}", number)
            await tx.add_samples("op", [{"n": number}])
            await tx.add_findings([finding(f"{number}")])
            tx.apply(named(tx.project, f"{number}"))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
