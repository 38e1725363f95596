"""A whole release, and one that is rolled back, with the state in PostgreSQL."""

from pathlib import Path

import pytest

from tests.adapters.http_services import answers
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release

pytestmark = pytest.mark.timeout(300)


async def test_releases_live_in_postgresql_and_outlive_the_daemon(
    postgres_url: str, own: Installation, live: Live
) -> None:
    site = Installation(own.home, own.project, {"SENTINEL_DATABASE_URL": postgres_url})
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        live.faults["0.2.0"] = answers(503)
        assert (await release(client, site))["state"] == "ACTIVE"
    second = site.run("daemon", "run")
    assert second.code == 2
    assert second.err.count("\n") == 2, second.err
    site.stop()
    found = site.run("status", "--json").json
    assert (found["status"]["state"], found["status"]["production"]["version"]) == ("ACTIVE", "0.1.0")
    assert found["store"].startswith("postgresql")
    assert site.run("audit", "verify").code == 0
    assert not Path(site.home, "sentinel.db").exists()
