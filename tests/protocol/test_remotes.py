"""Remotes as people have them: what builders are told of them, how they are reached, and where tags go."""

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


async def test_a_builder_that_asks_git_for_the_remote_and_for_an_identity_gets_them(
    site: Installation, small: Small
) -> None:
    remote = small.add_remote()
    ask = "(git ls-remote --get-url && git remote get-url origin && git var GIT_COMMITTER_IDENT) >out/app"
    small.change_policy({"build": {"command": f"mkdir out && {ask}"}})
    small.script("staging", f"cat $SENTINEL_ARTIFACTS/out/app >>{small.marks}")
    small.commit("Ask git")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
    told = small.marked()[small.marked().index("staging 0.1.0") + 1 :]
    assert told[:2] == [str(remote), str(remote)]
    assert told[2].startswith("Sentinel <sentinel@localhost>")
