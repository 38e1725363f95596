"""Whole releases with the state in PostgreSQL, by one daemon and by several that share it."""

from pathlib import Path

import anyio
import pytest

from tests.adapters.http_services import answers
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, release, summaries

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


async def test_a_release_is_led_on_one_replica_followed_on_another_and_approved_on_a_third(
    postgres_url: str, own: Installation, live: Live
) -> None:
    extra = {"SENTINEL_DATABASE_URL": postgres_url, "SENTINEL_SHARED": str(own.home.parent / "shared")}
    replicas = [Installation(own.home.parent / f"r{number}", own.project, extra) for number in range(3)]
    leading, following, approving = replicas
    try:
        assert approving.run("daemon", "start").code == 0
        async with governed(leading) as leader, following.client("2026") as follower:
            assert await agent.names(follower) == agent.IDLE
            async with follower.listen(tools_list_changed=True) as changes:
                await agent.good(leader, "start_sprint", name="One")
                with anyio.fail_after(agent.SECONDS):
                    await anext(aiter(changes))
            assert "run_tests" in await agent.names(follower)
            asked = await agent.to_question(leader)
            assert (await agent.state(follower))["approval"] == agent.structured(asked)["approval"]
            confirm(approving)
            found = await agent.until_state(follower, "IDLE", "ACTIVE", "HALTED")
            assert found["state"] == "IDLE", found
            assert live.version() == "0.1.0"
            assert not list(following.home.rglob("mirror.git"))
            assert approving.run("audit", "verify").code == 0
    finally:
        for replica in replicas:
            replica.stop()


async def test_replicas_are_upgraded_one_by_one_during_a_soak_and_a_verification(
    postgres_url: str, own: Installation, live: Live
) -> None:
    live.small.change_policy({"staging": {"soak": "3s"}, "production.verification": {"window": "8s"}})
    live.small.commit("Take time")
    extra = {"SENTINEL_DATABASE_URL": postgres_url, "SENTINEL_SHARED": str(own.home.parent / "shared")}
    one, other = (Installation(own.home.parent / name, own.project, extra) for name in ("r1", "r2"))
    try:
        assert other.run("daemon", "start").code == 0
        async with governed(one) as client:
            await agent.to_candidate(client)
            staged = await agent.good(client, "deploy", target="staging")
        replace(one, other)
        async with other.client("2026") as client:
            found = await agent.state(client)
            assert found["state"] == "SOAKING", found
            assert found["release"]["soak_until"] == agent.structured(staged)["release"]["soak_until"]
            await agent.until_unlocked(client, "production")
            await agent.good(client, "deploy", target="production", version="v0.1.0")
            confirm(other)
            await agent.until_busy(client, "VERIFYING")
        replace(one, other)
        async with one.client("2026") as client:
            found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
            assert (found["state"], found["production"]["version"]) == ("IDLE", "0.1.0"), found
        assert live.small.marked() == ["tests ", "build 0.1.0", "staging 0.1.0", "smoke 0.1.0", "production 0.1.0"]
        assert "whole window" in summaries(one, "verification passed")[0]
        assert one.run("audit", "verify").code == 0
    finally:
        for replica in (one, other):
            replica.stop()


def replace(*replicas: Installation) -> None:
    """One after the other ends as a service manager ends it, and comes back."""
    for replica in replicas:
        for word in ("stop", "start"):
            done = replica.run("daemon", word)
            assert done.code == 0, done.err
