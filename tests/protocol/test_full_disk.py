"""A disk that fills up while a release is in production: it can still be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.http_services import until
from tests.disks import fill, small_disk
from tests.protocol import agent
from tests.protocol.installation import SECONDS, Installation
from tests.protocol.releasing import Live, governed, release, to_approved


@pytest.fixture
def disk() -> Iterator[Path]:
    """Room for the daemon's reserve, and some more."""
    with small_disk("320m") as folder:
        yield folder


async def test_a_release_is_taken_back_on_a_disk_that_is_full(disk: Path, live: Live) -> None:
    site = Installation(disk / "home", live.small.root)
    begun = live.file("begun")
    live.script("production", f"if test -e {begun}; then echo begun >{begun}; sleep 600; fi")
    live.small.commit("Take time on demand")
    try:
        async with governed(site) as client:
            assert (await release(client, site))["state"] == "IDLE"
            live.small.next_changes("0.1.0", "A search.")
            begun.touch()
            await to_approved(client, site)
            await until(lambda: begun.read_text() == "begun\n", SECONDS)
            filler = fill(disk)
            assert (disk / "home" / "reserve").exists()
            taken_back = await agent.call(client, "emergency_rollback", reason="The search is slow.")
            assert not taken_back.is_error, agent.text(taken_back)
            found = await agent.until_state(client, "ACTIVE", "HALTED")
            assert (found["state"], live.version()) == ("ACTIVE", "0.1.0"), found
            filler.unlink()
            assert (await agent.state(client))["production"]["version"] == "0.1.0"
            assert site.run("audit", "verify").code == 0
    finally:
        site.stop()
