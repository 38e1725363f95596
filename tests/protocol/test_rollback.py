"""The way back (protocol 4.1): by Sentinel, by an agent and by a person, and where it does not work."""

import os
from pathlib import Path

import anyio
import pytest

from tests.adapters.http_services import answers, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, history, release, summaries, to_approved

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0


@pytest.mark.requirement("P4.1-rollback", "P4-unfinished")
async def test_a_deployment_that_fails_goes_back_by_itself_and_halts_where_it_cannot(
    site: Installation, live: Live
) -> None:
    broken, no_way_back = live.file("broken"), live.file("no-way-back")
    live.script("production", f"test ! -e {broken} || exit 3")
    live.script("rollback", f"test ! -e {no_way_back} || exit 4")
    first = live.small.commit("Fail on demand")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"

        live.small.next_changes("0.1.0", "A search.")
        broken.touch()
        failed = await release(client, site)
        assert failed["state"] == "ACTIVE", failed
        assert "The production command ended with exit code 3" in failed["message"]
        assert failed["production"]["version"] == live.version() == "0.1.0"
        assert live.small.marked()[-2:] == ["production 0.2.0", "rollback 0.2.0"]

        live.small.next_changes("0.2.0", "A better search.")
        broken.unlink()
        live.faults["0.3.0"] = answers(503)
        failed = await release(client, site)
        assert failed["state"] == "ACTIVE", failed
        assert "Production is not healthy" in failed["message"]
        assert failed["production"]["version"] == live.version() == "0.1.0"

        live.small.next_changes("0.3.0", "The best search.")
        broken.touch()
        no_way_back.touch()
        halted = await release(client, site)
        assert halted["state"] == "HALTED", halted
        assert "HALTED: the rollback failed. The rollback command ended with exit code 4" in halted["message"]
        assert await agent.names(client) == ["release_status", "emergency_rollback", "hold_release"]
        asked = await agent.good(client, "emergency_rollback", reason="Try again.")
        assert agent.sentence(asked).startswith("The rollback waits for a human's approval")

        no_way_back.unlink()
        live.faults["0.1.0"] = answers(503)
        done = site.confirmed("rollback", "--reason", "The machine is back.", typed="ROLLBACK-NOW")
        assert (done.code, (await agent.state(client))["state"]) == (1, "HALTED")
        assert done.out.startswith("HALTED: the rollback failed. Production is not healthy after the rollback: ")
        del live.faults["0.1.0"]
        done = site.confirmed("rollback", "--reason", "The database is back.", typed="ROLLBACK-NOW")
        assert done.code == 0, done.err
        assert done.out.startswith("Rolled back: production runs v0.1.0 again, instead of v0.4.0.")
        assert (await agent.state(client))["state"] == "ACTIVE"

        live.small.git("reset", "--quiet", "--hard", first)
        live.small.next_changes("0.1.0", "Gift cards.")
        await agent.to_candidate(client)
        assert (await agent.state(client))["release"]["tag"] == "v0.5.0"


@pytest.mark.requirement("P5-tools")
async def test_an_agent_takes_a_deployment_back_at_once_though_its_script_ignores_that_it_is_asked_to_end(
    site: Installation, live: Live
) -> None:
    hold, pids, alive = live.file("hold"), live.file("pids"), live.file("alive")
    tree = f"trap '' TERM; sleep 600 & echo $! >>{pids}; setsid sleep 600 & echo $! >>{pids}; echo $$ >>{pids}; wait"
    live.script("production", f"if test -e {hold}; then {tree}; fi")
    live.script("rollback", f"for pid in $(cat {pids}); do ! kill -0 $pid || echo $pid >>{alive}; done")
    live.small.commit("Take time on demand")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"

        live.small.next_changes("0.1.0", "A search.")
        hold.touch()
        await to_approved(client, site)
        await until(lambda: len(_lines(pids)) == 3, SECONDS)
        assert (await agent.state(client))["state"] == "DEPLOYING"
        taken_back = await agent.good(client, "emergency_rollback", reason="It hangs.")
        assert agent.sentence(taken_back) == "Rolled back: production runs v0.1.0 again, instead of v0.2.0. It hangs."
        assert agent.structured(taken_back)["state"] == "ACTIVE"
        assert _lines(alive) == []
        assert live.version() == "0.1.0"

        hold.unlink()
        live.small.change_policy({"production.verification": {"window": "10m"}})
        live.small.next_changes("0.2.0", "A better search.")
        site.pin()
        await to_approved(client, site)
        await agent.until_busy(client, "VERIFYING")
        taken_back = await agent.good(client, "emergency_rollback", reason="Customers complain.")
        assert agent.structured(taken_back)["state"] == "ACTIVE"
        assert live.version() == "0.1.0"
    assert summaries(site, "rollback started") == [
        "rolling back v0.2.0 to v0.1.0: It hangs.",
        "rolling back v0.3.0 to v0.1.0: Customers complain.",
    ]


@pytest.mark.requirement("P5-tools", "P3.2-exact-phrase")
async def test_elsewhere_an_agents_rollback_waits_for_a_human_and_a_persons_own_does_not(
    site: Installation, live: Live
) -> None:
    hold, started = live.file("hold"), live.file("started")
    slow = f"while test -e {hold}; do echo $$ >{started}; sleep 0.05; done"
    live.small.change_policy({"tests": {"command": slow}})
    live.small.commit("Take time on demand")
    async with governed(site) as client:
        await release(client, site)
        live.small.next_changes("0.1.0", "A search.")
        await release(client, site)
        assert await agent.names(client) == [
            "release_status",
            "start_sprint",
            "emergency_rollback",
            "preview_release",
            "hold_release",
        ]

        for _ in range(2):
            asked = await agent.good(client, "emergency_rollback", reason="Nobody likes it.")
            assert agent.sentence(asked).startswith("The rollback waits for a human's approval")
        refused = site.approve("DEPLOY-NOW")
        assert refused.code != 0
        assert "rollback: v0.2.0 -> v0.1.0\nCONFIRM ROLLBACK? (Type 'ROLLBACK-NOW' to confirm):" in refused.out
        found = await agent.state(client)
        assert (found["state"], found["approval"], live.version()) == ("IDLE", None, "0.2.0")

        await agent.good(client, "emergency_rollback", reason="Nobody likes it.")
        assert site.approve("ROLLBACK-NOW").code == 0
        found = await agent.until_state(client, "IDLE")
        assert (found["production"]["version"], live.version()) == ("0.1.0", "0.1.0")
        assert await agent.names(client) == agent.IDLE

        live.small.next_changes("0.2.0", "A better search.")
        await release(client, site)
        await agent.good(client, "start_sprint", name="Two")
        hold.touch()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: agent.call(client, "run_tests"))
            await until(started.exists, SECONDS)
            done = await anyio.to_thread.run_sync(
                lambda: site.confirmed("rollback", "--reason", "It is too blue.", typed="ROLLBACK-NOW")
            )
        assert done.code == 0, done.err
        assert done.out.startswith("Rolled back: production runs v0.1.0 again, instead of v0.3.0. It is too blue.")
        assert "Rolled back" not in done.err  # how it ended is said once
        assert not _runs(int(started.read_text()))
        found = await agent.state(client)
        assert (found["state"], found["production"]["version"], live.version()) == ("ACTIVE", "0.1.0", "0.1.0")
    assert [entry["summary"] for entry in history(site) if entry["kind"] == "operation.cancelled"] == [
        "tests cancelled: It is too blue."
    ]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
