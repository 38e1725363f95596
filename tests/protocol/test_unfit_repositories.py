"""Repositories that cannot be released from as they are: refused with the command that mends them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


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
    commit = small.git("rev-parse", "HEAD")
    small.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/lib")
    small.git("commit", "--quiet", "--message", "Use a library")
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        refused = await agent.call(client, "run_tests")
        assert agent.sentence(refused).startswith("The commit contains the submodule vendor/lib, which a release")
    assert small.marked() == []
