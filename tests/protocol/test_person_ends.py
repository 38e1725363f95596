"""`sentinel abandon` and `sentinel cancel`: a person ends what an agent has left."""

import asyncio
import getpass
import os
from pathlib import Path

import pytest

from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Done, Installation
from tests.protocol.meddling import mirror_git
from tests.protocol.releasing import Live, governed, history, release
from tests.protocol.small import Small

SECONDS = 60.0
PERSON = f"person:{getpass.getuser()}"


def hang(small: Small, name: str, mark: Path) -> None:
    """The script starts a process of its own, which does not end, in a session of its own."""
    small.script(name, f"setsid sleep 600 & echo $! >{mark}; sleep 600")
    small.commit("Hang")


def runs(mark: Path) -> bool:
    try:
        os.kill(int(mark.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


async def beside(command: Installation, *words: str) -> Done:
    """A person's command, while the agent's client goes on."""
    return await asyncio.to_thread(command.confirmed, *words)


async def test_a_person_gives_a_candidate_up_in_every_state_that_has_one(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        for reach, where in (
            (agent.to_candidate, "RELEASE_CANDIDATE"),
            (agent.to_soaked, "SOAKING"),
            (agent.to_question, "AWAITING_APPROVAL"),
        ):
            await reach(client)
            abandoned = site.confirmed("abandon", "--reason", "The agent has gone.")
            assert (abandoned.code, abandoned.err) == (0, "")
            assert f"abandons v0.1.0, which is in {where}; the sprint stays open.\n" in abandoned.asked
            assert abandoned.out.startswith("v0.1.0 is abandoned; the sprint is still open.\n")
            found = await agent.state(client)
            assert (found["state"], found["release"], found["approval"]) == ("ACTIVE", None, None)
            said = f"ACTIVE. v0.1.0 was abandoned by {PERSON}: The agent has gone. The sprint is still open."
            assert found["message"] == said
            assert mirror_git(site, small, "tag") == ""
        assert (await agent.prepare(client)).is_error is False


async def test_a_person_cancels_a_staging_that_hangs_with_all_that_it_started(
    site: Installation, small: Small, short_folder: Path
) -> None:
    mark = short_folder / "mark"
    hang(small, "staging", mark)
    async with governed(site) as client:
        await agent.to_candidate(client)
        staging = asyncio.create_task(agent.call(client, "deploy", target="staging"))
        await until(lambda: mark.exists() and mark.read_text().endswith("\n"), SECONDS)
        cancelled = await beside(site, "cancel", "--reason", "It hangs")
        left = "v0.1.0 is still the release candidate; production stays LOCKED."
        said = f"Staging of v0.1.0 was ended by {PERSON}: It hangs. {left}"
        assert cancelled.code == 0, cancelled
        assert cancelled.out.startswith(f"{said}\n")
        assert "ends the running staging at staging" in cancelled.asked
        assert not runs(mark)
        staged = await staging
        assert (agent.sentence(staged), staged.is_error) == (said, True)
        assert agent.structured(staged)["state"] == "RELEASE_CANDIDATE"
        nothing = await beside(site, "cancel")
        assert (nothing.code, nothing.asked) == (1, nothing.err)
        fix = '`sentinel abandon --reason "…"` gives up the candidate.'
        assert nothing.err == f"sentinel: Nothing is running.\n{fix}\n"


async def test_a_person_abandons_what_is_being_staged_at_once(
    site: Installation, small: Small, short_folder: Path
) -> None:
    mark = short_folder / "mark"
    hang(small, "smoke", mark)
    async with governed(site) as client:
        await agent.to_candidate(client)
        staging = asyncio.create_task(agent.call(client, "deploy", target="staging"))
        await until(lambda: mark.exists() and mark.read_text().endswith("\n"), SECONDS)
        abandoned = await beside(site, "abandon", "--reason", "It hangs.")
        said = f"v0.1.0 was abandoned by {PERSON}: It hangs. The sprint is still open."
        assert abandoned.code == 0, abandoned
        assert abandoned.out.startswith(f"{said}\n")
        assert not runs(mark)
        assert (await staging).is_error
        assert (await agent.state(client))["state"] == "ACTIVE"
        assert mirror_git(site, small, "tag") == ""


async def test_a_person_cancels_tests_and_a_build(site: Installation, small: Small, short_folder: Path) -> None:
    tests, build = short_folder / "tests", short_folder / "build"
    small.change_policy(
        {
            "tests": {"command": f"test -e {tests} || {{ touch {tests}; sleep 600; }}"},
            "build": {"command": f"test -e {build} || {{ touch {build}; sleep 600; }}; mkdir out; touch out/app"},
        }
    )
    small.commit("Hang once each")
    async with governed(site) as client:
        await agent.good(client, "start_sprint", name="One")
        tested = asyncio.create_task(agent.call(client, "run_tests"))
        await until(tests.exists, SECONDS)
        cancelled = await beside(site, "cancel")
        counts = "Its result does not count; the sprint is still open."
        said = f"The test run was ended by {PERSON}: it is no longer wanted. {counts}"
        assert (cancelled.code, cancelled.out.partition("\n")[0]) == (0, said)
        assert agent.sentence(await tested) == said
        prepared = asyncio.create_task(agent.prepare(client))
        await until(build.exists, SECONDS)
        refused = await beside(site, "abandon", "--reason", "Stop it")
        assert refused.err == (
            "sentinel: There is no release candidate; the state is ACTIVE.\n"
            "`sentinel cancel` ends the running prepare.\n"
        )
        assert (await beside(site, "cancel")).code == 0
        assert (await prepared).is_error
        await agent.to_candidate(client)


async def test_what_a_person_confirmed_is_what_ends(site: Installation) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        with pytest.raises(ReportedError, match="It changed after it was confirmed") as other:
            site.operator.ask("abandon", release_id="another", reason="That one")
        assert other.value.reported_rule == "ConfirmedOther"
        assert (await agent.state(client))["state"] == "RELEASE_CANDIDATE"
        declined = site.confirmed("abandon", "--reason", "That one", typed="no")
        assert (declined.code, declined.out) == (1, "")
        assert declined.err.startswith("sentinel: Not confirmed: nothing was changed.\n")
        assert (await agent.state(client))["state"] == "RELEASE_CANDIDATE"


async def test_a_deployment_is_not_ended_half_way(site: Installation, live: Live) -> None:
    hold, going = live.file("hold"), live.file("going")
    live.script("production", f"touch {going}; while test -e {hold}; do sleep 0.05; done")
    live.small.commit("Hold on demand")
    async with governed(site) as client:
        await release(client, site)
        live.small.next_changes("0.1.0", "A search.")
        going.unlink()
        hold.touch()
        releasing = asyncio.create_task(release(client, site))
        await until(going.exists, SECONDS)
        for words in (("cancel",), ("abandon", "--reason", "Stop it")):
            refused = await beside(site, *words)
            assert refused.code == 1
            assert refused.err == (
                "sentinel: v0.2.0 is being deployed to production, which cannot be cancelled.\n"
                '`sentinel rollback --reason "…"` ends this and takes production back.\n'
            )
        hold.unlink()
        assert (await releasing)["state"] == "IDLE"
    assert [entry for entry in history(site) if entry["kind"] == "operation.cancelled"] == []
