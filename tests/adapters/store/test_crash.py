"""A daemon that is killed while it writes leaves a store that is whole, with everything that it had committed."""

import subprocess

from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.documents import StoppedClock, fault_of, project_of, summaries
from tests.preloaded.start import preloaded

KILLS = 5


def write_until_killed(url: str, after: int) -> int:
    """Kills a writer after it has committed `after` times, wherever it is by then; the last number it told."""
    command = [*preloaded("tests.adapters.store.writer:run"), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(after)]
        writer.kill()
        told += writer.stdout.readlines()
    whole = [line for line in told if line.endswith("\n")]
    return int(whole[-1])


async def test_kill_9_in_the_middle_of_transactions_loses_nothing(sqlite_url: str) -> None:
    committed = 0
    for kill in range(KILLS):
        committed = max(committed, write_until_killed(sqlite_url, after=1 + kill * 7))
        store = await SqlStore.open(sqlite_url, StoppedClock())
        try:
            committed = await whole(store, committed)
        finally:
            await store.close()


async def whole(store: SqlStore, committed: int) -> int:
    """How many transactions there are: all that were told, and each with all of its parts."""
    numbers = list(range(1, len(await store.steps("op")) + 1))
    assert len(numbers) >= committed
    assert await store.steps("op") == {f"{number}": number for number in numbers}
    assert await store.samples("op") == tuple({"n": number} for number in numbers)
    found = await store.findings("shop", session=None, open_only=False)
    assert [one.finding.fingerprint for one in found] == [f"{number}" for number in numbers]
    assert (await project_of(store)).name == f"{numbers[-1]}"
    assert (await summaries(store))[-1] == f"{numbers[-1]}"
    assert await fault_of(store) is None
    return len(numbers)
