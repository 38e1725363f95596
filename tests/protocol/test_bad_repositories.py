"""Repositories that cannot be released from: one sentence that says why and one what to do, in command line and MCP."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


def no_repository(small: Small) -> None:
    (small.root / ".git").rename(small.root.with_name("moved"))


def a_bare_one(small: Small) -> None:
    for path in (small.root / ".git").iterdir():
        path.rename(small.root / path.name)
    (small.root / ".git").rmdir()


def no_policy(small: Small) -> None:
    (small.root / "sentinel.toml").unlink()


def broken_toml(small: Small) -> None:
    small.write("sentinel.toml", "schema = \n")


def an_unknown_key(small: Small) -> None:
    small.change_policy({"staging": {"soka": "10m"}})


def a_bad_duration(small: Small) -> None:
    small.change_policy({"staging": {"soak": "ten minutes"}})


def a_missing_section(small: Small) -> None:
    small.write("sentinel.toml", 'schema = 1\nproject = { id = "shop", name = "Shop" }\n')


UNOPENED: list[tuple[Callable[[Small], None], str, str]] = [
    (
        no_repository,
        "{root} is not in a git working copy.",
        "Run `git init` there, or name the folder of a repository.",
    ),
    (
        a_bare_one,
        "{root} is a bare repository, which has no files to release.",
        "Name a working copy: `git clone` makes one.",
    ),
    (no_policy, "There is no sentinel.toml in {root}.", "Run `sentinel init` at the root of the repository."),
    (
        broken_toml,
        "sentinel.toml is not valid TOML: Invalid value (at line 1, column 10).",
        "Mend the syntax; `sentinel init --print` shows a valid file.",
    ),
    (
        an_unknown_key,
        "sentinel.toml: staging.soka: found '10m', expected no such key (is it misspelt?).",
        "Correct that key; docs/policy.md describes every one.",
    ),
    (
        a_bad_duration,
        "sentinel.toml: staging.soak: found 'ten minutes', expected "
        "a duration such as 500ms, 10s, 15m or 2h, at most 720h.",
        "Correct that key; docs/policy.md describes every one.",
    ),
    (
        a_missing_section,
        "sentinel.toml: build: found nothing, expected this key, which is required.",
        "Correct that key; docs/policy.md describes every one.",
    ),
]


@pytest.mark.parametrize(("spoil", "what", "fix"), UNOPENED)
async def test_a_folder_that_is_no_project_is_named_with_the_way_out(
    site: Installation, small: Small, spoil: Callable[[Small], None], what: str, fix: str
) -> None:
    spoil(small)
    what = what.format(root=small.root)
    said = site.run("status")
    assert (said.code, said.out, said.err) == (2, "", f"sentinel: {what}\n{fix}\n")
    async with site.client("2026") as client:
        (only,) = (await client.list_tools()).tools
        assert only.name == "release_status"
        assert (only.description or "").startswith(f"NOT READY: {what} {fix}")
        for tool in ("release_status", "start_sprint"):
            refused = await agent.call(client, tool, **({"name": "One"} if tool == "start_sprint" else {}))
            assert refused.is_error
            assert agent.sentence(refused) == what
            assert f"Next: {fix}" in agent.text(refused)


async def test_a_project_is_there_as_soon_as_its_policy_is(site: Installation, small: Small) -> None:
    policy = (small.root / "sentinel.toml").read_text()
    no_policy(small)
    async with site.client("2026") as client:
        assert (await agent.call(client, "release_status")).is_error
        small.write("sentinel.toml", policy)
        assert not (await agent.call(client, "release_status")).is_error
        assert await agent.names(client) == ["release_status", "start_sprint"]


def no_commits(small: Small) -> Path:
    root = small.root.with_name("fresh")
    small.git("init", "--quiet", "--initial-branch=main", str(root))
    (root / "sentinel.toml").write_text((small.root / "sentinel.toml").read_text())
    return root


def shallow(small: Small) -> Path:
    small.git("commit", "--quiet", "--allow-empty", "--message", "More")
    root = small.root.with_name("shallow")
    small.git("clone", "--quiet", "--depth=1", f"file://{small.root}", str(root))
    return root


def detached(small: Small) -> Path:
    small.git("switch", "--quiet", "--detach")
    return small.root


def another_branch(small: Small) -> Path:
    small.git("switch", "--quiet", "--create", "feature/one")
    return small.root


def a_submodule(small: Small) -> Path:
    commit = small.git("rev-parse", "HEAD")
    small.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/lib")
    small.git("commit", "--quiet", "--message", "Use a library")
    return small.root


def behind_the_remote(small: Small) -> Path:
    small.change_policy({"project": {"remote": "origin"}})
    small.commit("Name the remote")
    small.add_remote()
    small.git("commit", "--quiet", "--allow-empty", "--message", "More")
    small.git("push", "--quiet", "origin", "main")
    small.git("reset", "--quiet", "--hard", "HEAD^")
    return small.root


UNFIT: list[tuple[Callable[[Small], Path], str, str]] = [
    (no_commits, "The repository has no commit yet.", "Commit what you want to release."),
    (
        shallow,
        "The working copy is a shallow clone, so its history cannot be judged.",
        "Run `git fetch --unshallow`.",
    ),
    (detached, "The working copy is on no branch; releases are cut from main.", "Run `git switch main`."),
    (another_branch, "The working copy is on feature/one; releases are cut from main.", "Run `git switch main`."),
    (behind_the_remote, "main lacks commits that origin has.", "Run `git pull --ff-only origin main`."),
]


@pytest.mark.parametrize(("make", "what", "fix"), UNFIT)
async def test_a_repository_that_is_unfit_for_a_release_is_refused_with_the_command_that_mends_it(
    shared_daemon: Installation, small: Small, make: Callable[[Small], Path], what: str, fix: str
) -> None:
    site = Installation(shared_daemon.home, make(small))
    trusted = site.trust()
    assert (trusted.code, trusted.out) == (1, f"sentinel: {what}\n{fix}\n")
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        for tool, arguments in (("run_tests", {}), ("prepare_release", {"type": "minor"})):
            refused = await agent.call(client, tool, **arguments)
            assert refused.is_error
            assert agent.sentence(refused).startswith(f"{what} {fix}"), agent.text(refused)
            assert agent.structured(refused)["state"] == "ACTIVE"
    assert small.marked() == []


async def test_a_submodule_is_refused_and_never_left_out(site: Installation, small: Small) -> None:
    a_submodule(small)
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        refused = await agent.call(client, "run_tests")
        assert agent.sentence(refused).startswith("The commit contains the submodule vendor/lib, which a release")
    assert small.marked() == []


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
