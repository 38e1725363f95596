"""What is kept of the past is what the daemon's own file says, and always what a rollback needs."""

from pathlib import Path

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, history, release


def kept(folder: Path) -> set[str]:
    return {place.name for place in folder.iterdir()}


async def test_old_operations_and_artifacts_go_and_production_can_still_be_taken_back(
    own: Installation, live: Live
) -> None:
    own.home.mkdir()
    (own.home / "daemon.toml").write_text('[retention]\nreleases = 2\noperations = 1\nage = "1h"\n')
    async with governed(own) as client:
        await agent.to_candidate(client)
        abandoned = (await agent.state(client))["release"]["id"]
        await agent.good(client, "abandon_release", reason="Not this one.")
        for version in ("", "0.1.0", "0.2.0"):
            if version:
                live.small.next_changes(version, f"More than {version}.")
            assert (await release(client, own))["state"] == "IDLE"
        entries = history(own)
        accepted = [entry["data"]["release"] for entry in entries if entry["data"].get("on") == "candidate accepted"]
        assert accepted[0] == abandoned
        await until(lambda: kept(own.home / "artifacts") == set(accepted[-2:]))
        await until(lambda: not kept(own.home / "operations" / live.small.id) & set(accepted[:-2]))
        assert "1 archived release forgotten" in [entry["summary"] for entry in history(own)]
        assert live.version() == "0.3.0"
        assert own.confirmed("rollback", "--reason", "It looks wrong.", typed="ROLLBACK-NOW").code == 0
        assert live.version() == "0.2.0"
    assert own.run("audit", "verify").code == 0
