"""What .gitattributes says changes no byte of what a person has trusted."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small

FAILS = 'echo "¥"; echo "; exit 0; echo ¥"\nexit 1'
"""In Shift JIS the sign of the yen is a backslash, which makes the quoted `exit 0` a command."""


@pytest.mark.parametrize(
    "attributes",
    ["deploy/smoke.sh working-tree-encoding=SHIFT-JIS", "[attr]odd working-tree-encoding=SJIS\n*.sh odd"],
)
async def test_a_failing_smoke_test_is_not_made_to_pass_by_its_encoding(
    site: Installation, small: Small, attributes: str
) -> None:
    small.script("smoke", FAILS)
    small.commit("Test")
    site.pin()
    small.write(".gitattributes", f"{attributes}\n")
    small.git("add", ".gitattributes")
    small.git("commit", "--quiet", "--message", "Say how files are encoded")
    (small.root / "deploy/smoke.sh").unlink()
    small.git("checkout", "--", "deploy/smoke.sh")
    assert small.execute("sh", "deploy/smoke.sh")
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        failed = await agent.call(client, "deploy", target="staging")
        assert agent.sentence(failed).startswith("Staging of v0.1.0 failed; production stays LOCKED."), failed
        assert agent.structured(failed)["state"] == "RELEASE_CANDIDATE"


async def test_files_are_built_and_deployed_with_the_line_ends_that_they_are_committed_with(
    site: Installation, small: Small
) -> None:
    small.write(".gitattributes", "* text eol=crlf ident\n")
    small.write("name", "$Id$\n")
    small.change_policy({"build": {"command": f"{small.mark('build')}; mkdir out; cat name >out/app"}})
    small.script("staging", f"cat $SENTINEL_ARTIFACTS/out/app >>{small.marks}; git status --porcelain >>{small.marks}")
    small.commit("Say how lines end")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
    assert [mark for mark in small.marked() if "$Id" in mark or "M " in mark] == ["$Id$"]
