"""The time that a whole release costs beside the project's own commands."""

import json
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

from tests.bench.section import Figure, Section, shown
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import governed, release
from tests.protocol.small import Small, two_services

RELEASES = 5
WINDOW = 1.0
GOAL = 5.0
METHOD = (
    "A small project with a remote is released {count} times after its first release, by a client that calls the next "
    "tool as soon as it may: the tests, `prepare_release`, staging, the question, its approval, production and the "
    "closure. From the call of `start_sprint` until the release is archived, without the time in which the project's "
    "commands run, the soak (1 ms) and the window of the verification (1 s)."
)


async def whole_release(folder: Path) -> Section:
    folder.mkdir()
    with two_services() as services:
        small = Small.create(folder, "bench-release", *services)
        installation = Installation(folder / "home", small.root, program=SENTINEL)
        try:
            spent = [seconds async for seconds in _releases(installation, small)]
        finally:
            installation.stop()
    detail = f"median of {RELEASES}, from {shown(min(spent))} to {shown(max(spent))} s"
    figure = Figure("a release beside its own commands, soak and window", statistics.median(spent), GOAL, " s", detail)
    return Section("A whole release", METHOD.format(count=RELEASES), (figure,))


async def _releases(installation: Installation, small: Small) -> AsyncIterator[float]:
    small.change_policy({"project": {"remote": "origin"}})
    small.commit("Name the remote")
    small.add_remote()
    async with governed(installation) as client:
        assert (await release(client, installation))["state"] == "IDLE"
        for number in range(RELEASES):
            small.next_changes(f"0.{number + 1}.0", f"Change {number}.")
            small.git("push", "--quiet", "origin", "main")
            before = _in_commands(installation)
            began = time.perf_counter()
            assert (await release(client, installation))["production"]["version"] == f"0.{number + 2}.0"
            elapsed = time.perf_counter() - began
            yield elapsed - WINDOW - (_in_commands(installation) - before)


def _in_commands(installation: Installation) -> float:
    """Seconds in which commands have run, by the journal of the steps."""
    with closing(sqlite3.connect(f"file:{installation.home}/sentinel.db?mode=ro", uri=True)) as store:
        results = [json.loads(row[0]) for row in store.execute("SELECT result FROM steps")]
    return sum(float(result.get("seconds") or 0) for result in results)
