"""Remotes as people have them: what builders are told of them, how they are reached, and where tags go."""

from pathlib import Path

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.meddling import prepare_for
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


def copied(small: Small) -> Path:
    """A copy of the remote, which is the working copy's `origin` from now on."""
    copy = small.root.with_name("copy.git")
    small.git("clone", "--quiet", "--bare", small.git("remote", "get-url", "origin"), str(copy))
    small.git("remote", "set-url", "origin", str(copy))
    return copy


async def test_a_remote_that_is_another_one_since_it_was_trusted_blocks_with_both_addresses(
    site: Installation, small: Small
) -> None:
    prepare_for(small)
    remote = small.git("remote", "get-url", "origin")
    shown = site.trust()
    assert (shown.code, f"\nRemote: {remote}\n" in shown.out) == (0, True), shown.out
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        copy = copied(small)
        said = (
            f"The remote origin is {copy} now; {remote} is trusted. Set it back: `git remote set-url origin {remote}`."
        )
        for tool, arguments in (("run_tests", {}), ("prepare_release", {"type": "minor"})):
            refused = await agent.call(client, tool, **arguments)
            assert agent.sentence(refused).startswith(said), agent.text(refused)
        assert f"FAIL remote: The remote origin is {copy} now; {remote} is trusted." in site.run("doctor").out
        small.git("remote", "set-url", "origin", remote)
        await agent.to_soaked(client)
        small.git("remote", "set-url", "origin", str(copy))
        refused = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.sentence(refused).startswith(f"Production stays LOCKED. {said}"), agent.text(refused)
        again = site.trust()
        assert (again.code, f"\nRemote: {copy}\n" in again.out) == (0, True), again.out
        assert (await agent.call(client, "deploy", target="production", version="v0.1.0")).is_error is False


async def test_only_where_tags_go_was_changed(site: Installation, small: Small) -> None:
    prepare_for(small)
    remote = small.git("remote", "get-url", "origin")
    site.pin()
    elsewhere = small.root.with_name("elsewhere.git")
    small.git("clone", "--quiet", "--bare", remote, str(elsewhere))
    small.git("remote", "set-url", "--push", "origin", str(elsewhere))
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        refused = await agent.call(client, "run_tests")
        said = f"The remote origin is {remote} (pushed to {elsewhere}) now; {remote} is trusted."
        assert agent.sentence(refused).startswith(said), agent.text(refused)


def test_a_remote_that_changes_while_a_person_reads_is_not_trusted(site: Installation, small: Small) -> None:
    prepare_for(small)
    refused = site.at_terminal("trust", typed="yes", prompt="to trust): ", meanwhile=lambda: copied(small))
    assert refused.code == 1
    assert "sentinel: The head of the branch has changed since it was shown." in refused.out


async def test_a_tag_that_the_remote_does_not_have_moves_neither_the_changes_nor_the_version(
    site: Installation, small: Small
) -> None:
    prepare_for(small)
    files = len(small.git("ls-files").split("\n"))
    small.git("tag", "v0.9.0", "HEAD^")
    site.pin()
    async with site.client("2026") as client:
        ready = await agent.prepare(client)
        assert f"Release candidate v0.1.0 is ready: {files} files, +" in agent.text(ready)
        assert "(first release: all files)" in agent.sentence(ready)


async def test_a_pushed_tag_does_not_move_the_changes_either(site: Installation, small: Small) -> None:
    prepare_for(small)
    files = len(small.git("ls-files").split("\n"))
    small.git("tag", "v0.9.0", "HEAD^")
    small.git("push", "--quiet", "origin", "v0.9.0")
    small.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything.\n- More.\n")
    small.commit("More")
    small.git("push", "--quiet", "origin", "main")
    site.pin()
    async with site.client("2026") as client:
        asked = await agent.to_question(client, "v0.10.0")
        text = agent.structured(asked)["approval"]["text"]
        assert f"version: v0.10.0\nchanges: {files} files, +" in text
