"""The gates before a release candidate (protocol 1.1), end to end: the exact sentence, and the way out."""

import asyncio
import json

import pytest

from tests.protocol import agent
from tests.protocol.gating import blocked, result, sarif
from tests.protocol.installation import Installation
from tests.protocol.meddling import mirror_git
from tests.protocol.releasing import governed
from tests.protocol.small import Small

READY = "Release candidate v0.1.0 is ready: 7 files, +"


@pytest.mark.requirement("P1.1-candidate", "P1.1-tests", "P1.1-build")
async def test_where_every_gate_holds_staging_is_unlocked(site: Installation, small: Small, era: str) -> None:
    site.pin()
    async with site.client(era) as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared).startswith(READY)
        assert " Staging is unlocked. " in agent.sentence(prepared)
        assert await agent.targets(client) == ["staging"]
    assert small.marked() == ["tests ", "build 0.1.0"]


@pytest.mark.requirement("P1.1-blocked-message", "P1.1-sprint", "P1.1-tests")
async def test_an_open_task_and_tests_of_another_tree_block(site: Installation, small: Small) -> None:
    def go_on() -> None:
        small.edit("SPRINT.md", {"- [x]": "- [ ]"})
        small.write("page.html", "more\n")
        small.commit("Take a task up again")

    assert await blocked(site, go_on) == "Release Blocked. You have 1 Open Task and Stale Tests."


@pytest.mark.requirement("P1.1-tests")
async def test_tests_that_are_too_old_are_stale(site: Installation, small: Small) -> None:
    small.change_policy({"tests": {"max_age": "1ms"}})
    small.commit("Trust no tests")
    assert await blocked(site) == "Release Blocked. You have Stale Tests."


@pytest.mark.requirement("P1.1-tests")
async def test_failing_tests_block_and_their_end_is_shown(site: Installation, small: Small) -> None:
    small.change_policy({"tests": {"command": "echo one of nine failed; exit 7"}})
    small.commit("Break")
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        tested = await agent.call(client, "run_tests")
        assert tested.is_error
        assert agent.sentence(tested).startswith("The tests command ended with exit code 7")
        assert "one of nine failed" in agent.text(tested)
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have Failing Tests."
        assert "one of nine failed" in agent.structured(prepared)["blocked_by"][0]["message"]


@pytest.mark.requirement("P1.1-build")
async def test_a_failing_build_blocks_and_leaves_no_tag(site: Installation, small: Small) -> None:
    small.change_policy({"build": {"command": "echo no compiler; exit 1"}})
    small.commit("Break")
    site.pin()
    async with site.client("2026") as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared) == "Release Blocked. You have a Failing Build."
        (gate,) = agent.structured(prepared)["blocked_by"]
        assert gate["gate"] == "build"
        assert "no compiler" in gate["message"]
    assert mirror_git(site, small, "tag") == ""


@pytest.mark.requirement("P1.1-build")
async def test_a_build_without_its_artifact_is_a_failing_one(site: Installation, small: Small) -> None:
    small.change_policy({"build": {"command": "true"}})
    small.commit("Build nothing")
    assert await blocked(site) == "Release Blocked. You have a Failing Build."


async def test_a_sprint_without_tasks_blocks(site: Installation, small: Small) -> None:
    small.write("SPRINT.md", "Nothing to do.\n")
    small.commit("Take a break")
    assert await blocked(site) == "Release Blocked. You have No Tasks."


async def test_everything_that_blocks_is_named_in_one_sentence(site: Installation, small: Small) -> None:
    def spoil() -> None:
        small.write("SPRINT.md", "- [ ] One\n- [ ] Two\n")
        small.write("CHANGELOG.md", "# Changelog\n")
        small.change_policy({"staging": {"soak": "2ms"}})
        small.commit("Spoil it")
        small.write("new.txt", "new\n")
        site.operator.ask("import_sarif", document=sarif(result("one", "error")))

    assert await blocked(site, spoil) == (
        "Release Blocked. You have 2 Open Tasks, a Dirty Git Tree, 1 Unresolved High Severity Audit Log, Stale Tests, "
        "an Untrusted Policy and an Unusable Changelog."
    )


async def test_an_old_refusal_is_not_told_while_the_mended_tests_run(site: Installation, small: Small) -> None:
    gate = small.marks.with_suffix(".gate")
    small.change_policy({"tests": {"command": "for line in $(seq 40); do echo trouble $line; done; exit 1"}})
    small.edit("SPRINT.md", {"- [x] The first task": "- [ ] The first task"})
    small.commit("Break")
    async with governed(site) as client:
        await agent.good(client, "start_sprint", name="One")
        assert (await agent.call(client, "run_tests")).is_error
        refused = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(refused) == "Release Blocked. You have 1 Open Task and Failing Tests."
        assert "trouble 40" in agent.text(refused)
        small.edit("SPRINT.md", {"- [ ]": "- [x]"})
        small.change_policy({"tests": {"command": f"while ! test -e {gate}; do sleep 0.05; done"}})
        small.commit("Mend")
        site.pin()
        tests = asyncio.create_task(agent.call(client, "run_tests"))
        async with site.client("2026") as other:
            while (running := await agent.call(other, "release_status")).structured_content["operation"] is None:
                assert not tests.done()
            for said in (agent.text(running), json.dumps(agent.structured(running)), site.run("status").out):
                for old in ("Release Blocked", "The first task", "trouble"):
                    assert old not in said
            assert agent.sentence(running).startswith("ACTIVE: tests is running")
            assert agent.structured(running)["blocked_by"] == []
        gate.touch()
        assert not (await tests).is_error
        assert "Release Blocked" not in agent.text(await agent.call(client, "release_status"))
