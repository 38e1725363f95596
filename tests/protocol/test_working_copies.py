"""Working copies (design 2): any number of them share one state, wherever they are."""

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
