"""Trust: nothing that the repository names is executed before a person has read and pinned it."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


@pytest.mark.parametrize("file", ["sentinel.toml", "deploy/production.sh"])
async def test_a_policy_or_script_that_nobody_has_trusted_blocks(site: Installation, small: Small, file: str) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        path = small.root / file
        path.write_text(f"{path.read_text()}# more\n")
        small.commit("Change what is executed")
        tested = await agent.call(client, "run_tests")
        assert tested.is_error
        assert agent.sentence(tested).startswith(f"The policy is not the trusted one: {file} was changed.")
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have Stale Tests and an Untrusted Policy."
        assert small.marked() == ["tests "]
        site.pin()
        assert not (await agent.prepare(client)).is_error


async def test_nothing_is_executed_before_a_person_trusts_it(site: Installation, small: Small) -> None:
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        tested = await agent.call(client, "run_tests")
        assert agent.sentence(tested).startswith("Nobody has trusted this repository's sentinel.toml yet.")
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have No Test Run and an Untrusted Policy."
        assert small.marked() == []
        assert site.trust().code == 0
        assert not (await agent.prepare(client)).is_error
        assert small.marked() == ["tests ", "build 0.1.0"]
