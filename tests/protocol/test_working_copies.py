"""Working copies: any number of them share one state, wherever they are."""

from pathlib import Path

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


async def test_a_path_with_blanks_quotes_and_letters_of_all_kinds_is_none_of_them(
    shared_daemon: Installation, small: Small, short_folder: Path
) -> None:
    odd = short_folder / "my \"shop\" 'ñ' $HOME \\ ;"
    small.git("clone", "--quiet", str(small.root), str(odd))
    site = Installation(shared_daemon.home, odd)
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
    assert f"in {odd}\n" in site.run("status").out


async def test_two_working_copies_of_one_project_share_its_state(
    shared_daemon: Installation, small: Small, short_folder: Path
) -> None:
    small.git("clone", "--quiet", str(small.root), str(short_folder / "clone"))
    small.git("worktree", "add", "--quiet", "--detach", str(short_folder / "tree"))
    async with Installation(shared_daemon.home, small.root).client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
    for folder in (short_folder / "clone", short_folder / "tree" / "deploy"):
        assert Installation(shared_daemon.home, folder).status()["sprint"] == "One"
    small.root.rename(short_folder / "moved")
    clone = Installation(shared_daemon.home, short_folder / "clone").run("status", "--json").json
    assert (clone["status"]["sprint"], clone["root"]) == ("One", str(short_folder / "clone"))


async def test_a_project_that_is_first_seen_in_a_linked_worktree_is_judged_where_its_branch_is(
    shared_daemon: Installation, small: Small, short_folder: Path
) -> None:
    small.git("worktree", "add", "--quiet", "-b", "feature/agent", str(short_folder / "linked"))
    linked = Installation(shared_daemon.home, short_folder / "linked")
    trusted = linked.trust()
    assert (trusted.code, "Trusted: sentinel.toml" in trusted.out) == (0, True), trusted.out
    again = Installation(shared_daemon.home, small.root).trust()
    assert (again.code, "All of this is trusted already." in again.out) == (0, True), again.out
    (short_folder / "linked" / "half-done").touch()
    async with linked.client("2026") as client:
        await agent.to_candidate(client)
        await agent.good(client, "abandon_release", reason="Once more")
        small.write("new.txt", "new\n")
        blocked = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(blocked) == "Release Blocked. You have a Dirty Git Tree."
        (gate,) = agent.structured(blocked)["blocked_by"]
        assert gate["message"] == "The working tree differs from the last commit: new.txt (new)."
