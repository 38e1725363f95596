"""Giving a candidate up: from every state that has one, and what becomes of its tag and its question."""

import asyncio

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.meddling import mirror_git
from tests.protocol.releasing import governed
from tests.protocol.small import Small

SECONDS = 60.0


async def test_a_candidate_is_given_up_and_its_version_is_free_again(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        for reach in (agent.to_candidate, agent.to_soaked, agent.to_question):
            await reach(client)
            assert mirror_git(site, small, "tag") == "v0.1.0"
            abandoned = await agent.good(client, "abandon_release", reason="Not this one")
            assert agent.sentence(abandoned) == "v0.1.0 is abandoned; the sprint is still open."
            found = await agent.state(client)
            assert (found["state"], found["release"], found["approval"]) == ("ACTIVE", None, None)
            assert mirror_git(site, small, "tag") == ""
        nothing = await agent.call(client, "abandon_release", reason="Again")
        assert agent.sentence(nothing) == "There is nothing to abandon; the state is ACTIVE."


async def test_whoever_still_reads_the_question_of_a_release_that_is_given_up_approves_nothing(
    site: Installation, small: Small
) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        loop = asyncio.get_running_loop()

        def abandon() -> None:
            call = agent.good(client, "abandon_release", reason="Not this one")
            asyncio.run_coroutine_threadsafe(call, loop).result(SECONDS)

        refused = await asyncio.to_thread(site.approve, meanwhile=abandon)
        assert refused.code == 1
        assert "sentinel: That approval was never asked for, or is no longer open.\n" in refused.out
    assert "production 0.1.0" not in small.marked()


async def test_a_build_that_runs_is_cancelled_and_its_version_is_free_again(site: Installation, small: Small) -> None:
    once = f"test $(grep -c build {small.marks}) -gt 1 || sleep 600"
    small.change_policy({"build": {"command": f"{small.mark('build')}; {once}; mkdir out; touch out/app"}})
    small.commit("Build for long")
    async with governed(site) as client, site.client("2026") as other:
        prepare = asyncio.create_task(agent.prepare(client))
        await until(lambda: "build 0.1.0" in small.marked(), SECONDS)
        abandoned = await agent.call(other, "abandon_release", reason="Forgot something")
        said = "There is no release candidate; the sprint is still open."
        assert agent.sentence(abandoned).startswith("The preparation was ended by agent:")
        assert agent.sentence(abandoned).endswith(f": Forgot something. {said}")
        assert not abandoned.is_error
        prepared = await prepare
        assert (prepared.is_error, agent.sentence(prepared)) == (True, agent.sentence(abandoned))
        assert (await agent.state(other))["state"] == "ACTIVE"
        assert await agent.names(other) == [
            "release_status",
            "run_tests",
            "prepare_release",
            "preview_release",
            "hold_release",
        ]
        await agent.to_candidate(other)
        assert (await agent.state(other))["release"]["version"] == "0.1.0"
