"""From the verdict on a bad release until its rollback script has started."""

import statistics
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from tests.bench.section import Figure, Section
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import governed, history, release
from tests.protocol.small import Small, two_services
from tests.protocol.started import Started

ROLLBACKS = 5
METHOD = (
    "The service runs from the folder of its script. From the first bad release on, its set-up would take ten "
    "minutes. {count} releases fail every third visitor, and Sentinel rolls them back. The time is from the audit "
    "entry of the failed verification until the rollback script has recorded its start."
)


async def rollback(folder: Path) -> Section:
    folder.mkdir()
    with two_services() as services:
        small = Small.create(folder, "bench-rollback", *services)
        installation = Installation(folder / "home", small.root, program=SENTINEL)
        with closing(Started.create(small)) as started:
            try:
                delays = [delay async for delay in _delays(installation, started)]
            finally:
                installation.stop()
    detail = f"the longest of {ROLLBACKS}, median {1000 * statistics.median(delays):.0f} ms"
    figure = Figure("verdict → start of the rollback script", 1000 * max(delays), 2000, " ms", detail)
    return Section("Rollback", METHOD.format(count=ROLLBACKS), (figure,))


async def _delays(installation: Installation, started: Started) -> AsyncIterator[float]:
    small, hangs = started.small, started.file("registry-hangs")
    small.change_policy({"build": {"setup": f"if [ -e {hangs} ]; then sleep 600; fi"}})
    small.edit("deploy/production.sh", {"set -eu\n": f"set -eu\nif [ -e fault ]; then touch {hangs}; fi\n"})
    small.commit("Install from a registry")
    async with governed(installation) as client:
        assert (await release(client, installation))["state"] == "IDLE"
        small.write("fault", "")
        for number in range(ROLLBACKS):
            hangs.unlink(missing_ok=True)
            started.next_version(f"0.{number + 1}.0", f"0.{number + 2}.0")
            failed = await release(client, installation)
            assert failed["state"] == "ACTIVE", failed
            yield started.began("rollback") - _verdict(installation)


def _verdict(installation: Installation) -> float:
    failed = (entry for entry in reversed(history(installation)) if entry["data"].get("on") == "verification failed")
    return datetime.fromisoformat(next(failed)["at"]).timestamp()
