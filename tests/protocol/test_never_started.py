"""A release whose process never started: where the version can be asked for it is found out, else people are told."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release, to_approved

pytestmark = pytest.mark.timeout(300)
UNPROVEN = "The policy has no `production.version_path`: nothing proves which release answers in production."


def keeps_the_old_process(live: Live) -> None:
    """From the second release on, which cannot bind the port of the first."""
    live.small.script("production", f'test -s {live.running} || echo "$SENTINEL_VERSION" >{live.running}')


async def test_with_a_version_path_the_deployment_fails_and_names_the_version_that_answers(
    site: Installation, live: Live
) -> None:
    keeps_the_old_process(live)
    live.small.commit("Never end the old process")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        failed = await release(client, site)
    assert failed["state"] == "ACTIVE", failed
    assert '/version answered "0.1.0", which is not v0.2.0: a stale instance' in failed["message"]
    assert "PDV failure" not in failed["message"]


async def test_staging_fails_the_same_way(site: Installation, live: Live) -> None:
    live.small.change_policy(
        {"staging": {"url": live.small.production.url, "version_path": "/version", "health_timeout": "2s"}}
    )
    live.running.write_text("0.0.9")
    live.small.commit("Stage where another release runs")
    async with governed(site) as client:
        await agent.to_candidate(client)
        staged = await agent.call(client, "deploy", target="staging")
    assert staged.is_error
    assert '/version answered "0.0.9", which is not v0.1.0: a stale instance' in agent.text(staged)


async def test_without_one_every_person_is_told_that_nothing_proves_which_release_answers(
    site: Installation, live: Live
) -> None:
    live.small.edit("sentinel.toml", {'version_path = "/version"\n': ""})
    keeps_the_old_process(live)
    live.small.commit("Say nothing")
    async with site.client("2026") as client:
        assert UNPROVEN in site.trust().out
        assert UNPROVEN in site.run("doctor").out
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version="v0.2.0")
        approved = site.approve()
        done = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
    assert approved.out.index(UNPROVEN) < approved.out.index("[SENTINEL DEFCON 1]")
    assert done["state"] == "IDLE", done
    assert done["message"].startswith("IDLE. v0.2.0 is verified and archived: 0 of ")
    assert UNPROVEN in done["message"]


async def test_with_one_nobody_is_told_so(site: Installation, live: Live) -> None:
    live.small.change_policy({"production": {"version_path": {"path": "/version", "key": "app.version"}}})
    live.small.commit("Ask by a key")
    live.answer = '{{"app":{{"version":"{}"}}}}'
    async with site.client("2026") as client:
        assert "nothing proves" not in site.trust().out
        assert "nothing proves" not in site.run("doctor").out
        await to_approved(client, site)
        done = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
    assert done["state"] == "IDLE", done
    assert "nothing proves" not in done["message"]
