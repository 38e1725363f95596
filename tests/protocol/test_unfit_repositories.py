"""Repositories that cannot be released from as they are: refused with the command that mends them."""

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
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


def renamed_on_the_remote(small: Small) -> Path:
    small.change_policy({"project": {"remote": "origin"}})
    small.commit("Name the remote")
    small.git("--git-dir", str(small.add_remote()), "branch", "--move", "main", "trunk")
    return small.root


def sha_256(small: Small) -> Path:
    root = small.root.with_name("other-names")
    small.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(root))
    (root / "sentinel.toml").write_text((small.root / "sentinel.toml").read_text())
    git = ("-C", str(root))
    small.git(*git, "add", "--all")
    small.git(*git, "commit", "--quiet", "--message", "Begin")
    return root


UNFIT: list[tuple[Callable[[Small], Path], str, str]] = [
    (no_commits, "The repository has no commit yet.", "Commit what you want to release."),
    (
        shallow,
        "The working copy is a shallow clone, so its history cannot be judged.",
        "Run `git fetch --unshallow`.",
    ),
    (detached, "The working copy is on no branch; releases are cut from main.", "Run `git switch main`."),
    (another_branch, "The working copy is on feature/one; releases are cut from main.", "Run `git switch main`."),
    (
        renamed_on_the_remote,
        "origin has no branch main (it has: trunk).",
        "If it was renamed there, correct `[project] branch` in sentinel.toml. If it is new, a person pushes it: "
        "`git push origin main`.",
    ),
    (
        sha_256,
        "Repositories with SHA-256 object names are not supported.",
        "Release from a repository with SHA-1 object names, which `git init --object-format=sha1` makes.",
    ),
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


def test_init_and_doctor_say_what_a_repository_with_sha_256_is(shared_daemon: Installation, small: Small) -> None:
    site = Installation(shared_daemon.home, sha_256(small))
    said = "Repositories with SHA-256 object names are not supported."
    looked = site.run("doctor")
    assert (looked.code, f"FAIL policy: {said}" in looked.out) == (2, True), looked.out
    (site.project / "sentinel.toml").unlink()
    begun = site.run("init")
    assert begun.err.startswith(f"sentinel: {said}")
    assert not (site.project / "sentinel.toml").exists()


async def test_a_silent_remote_is_named_while_it_is_waited_for_and_tolerated_for_tests(
    site: Installation, small: Small
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"git://127.0.0.1:{listener.getsockname()[1]}/origin.git"
        small.change_policy({"project": {"remote": "origin"}})
        small.git("remote", "add", "origin", address)
        small.commit("Name the remote")
        site.pin()
        async with site.client("2026") as client, anyio.create_task_group() as tasks:
            await agent.good(client, "start_sprint", name="One")
            tasks.start_soon(partial(agent.good, client, "run_tests"))
            found = await agent.state(client)
            while not (found["operation"] and address in found["message"]):
                found = agent.structured(await agent.call(client, "release_status", wait_seconds=5))
            assert found["message"] == f"ACTIVE: tests is running, at fetch (waiting for {address})."
    assert small.marked() == ["tests "]


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
