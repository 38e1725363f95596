"""Nothing that a repository configures is executed, whatever Sentinel does with it."""

import os
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.keys.tag_key import SigningKey
from sentinel.core.candidate.commit_files import Difference
from sentinel.errors.git import GitMissingError, GitOutputError, GitTimeoutError
from tests.adapters.repositories import Repository, Scene

_HOOKS = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
]


def booby_trap(repository: Repository, marker: Path) -> None:
    """Lets `repository` run a program wherever git can be told to."""
    trap = repository.root.parent / f"{repository.root.name}-trap"
    trap.mkdir()
    program = trap / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >>{marker}\n')
    program.chmod(0o755)
    for hook in _HOOKS:
        (trap / hook).symlink_to(program)
    included = trap / "included"
    included.write_text(f'[core]\n\tfsmonitor = {program}\n[remote "origin"]\n\turl = ext::{program}\n')
    settings = {
        "core.hooksPath": trap,
        "core.fsmonitor": program,
        "core.sshCommand": program,
        "core.gitProxy": program,
        "core.pager": program,
        "core.editor": program,
        "core.askPass": program,
        "core.alternateRefsCommand": program,
        "credential.helper": program,
        "diff.external": program,
        "diff.trap.textconv": program,
        "diff.trap.command": program,
        "filter.trap.clean": program,
        "filter.trap.smudge": program,
        "filter.trap.process": program,
        "merge.trap.driver": program,
        "gpg.program": program,
        "gpg.ssh.program": program,
        "uploadpack.packObjectsHook": program,
        "alias.status": f"!{program}",
        "alias.rev-parse": f"!{program}",
        "remote.origin.uploadpack": program,
        "remote.origin.receivepack": program,
        "remote.origin.vcs": "trap",
        "url.ext::.insteadOf": "/",
        "include.path": included,
        "extensions.worktreeConfig": "false",
    }
    folder = Path(repository.git("rev-parse", "--absolute-git-dir"))
    with (folder / "config").open("a") as config:
        for name, value in settings.items():
            section, _, rest = name.partition(".")
            sub, _, key = rest.rpartition(".")
            config.write(
                f'[{section} "{sub}"]\n\t{key} = "{value}"\n' if sub else f'[{section}]\n\t{key} = "{value}"\n'
            )
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info/attributes").write_text("* filter=trap diff=trap merge=trap\n")


async def test_a_whole_release_runs_nothing_of_a_hostile_repository(at: Scene, key: SigningKey) -> None:
    at.work.commit("attributes", **{".gitattributes": "* filter=trap diff=trap merge=trap\n"})
    at.push()
    at.work.git("branch", "feature/done")
    at.work.git("push", "--quiet", "origin", "feature/done")
    marker = at.folder / "marker"
    booby_trap(at.work, marker)
    booby_trap(at.remote, marker)
    commit = await at.fetch()
    at.work.write("README", "changed\n")
    assert await at.worktree.uncommitted(commit) == (Difference(path="README", how="unknown", filter="trap"),)
    await at.mirror.compare(None, commit)
    tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    await at.mirror.checkout("v1.0.0", at.folder / "build")
    await at.mirror.verify_tag("v1.0.0", commit, key, tag_object)
    assert await at.mirror.refs_with(at.work.root, "main", commit, "origin") is not None
    await at.mirror.push_tag(at.work.root, "origin", "v1.0.0", tag_object)
    assert await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    cleanup = await at.worktree.delete_merged_branches(("feature/*",), "main", commit, "origin")
    assert cleanup.deleted == cleanup.remote_deleted == ("feature/done",)
    assert not marker.exists(), marker.read_text()


async def test_the_traps_of_these_tests_do_spring_for_plain_git(at: Scene) -> None:
    marker = at.folder / "marker"
    booby_trap(at.work, marker)
    at.work.git("status", check=False)
    at.work.git("commit", "--allow-empty", "-m", "x", check=False)
    assert marker.exists()


async def test_submodules_are_not_asked_how_they_are(at: Scene) -> None:
    marker = at.folder / "marker"
    inner = at.work.root / "inner"
    inner.mkdir()
    nested = Repository(inner, at.work.environ)
    nested.git("init", "--quiet", "--template=")
    nested.commit("inner", file="x\n")
    at.work.commit("gitlink")
    booby_trap(nested, at.folder / "marker")
    nested.write("file", "y\n")  # as long as before, so that git must read it, through the filter
    await at.worktree.uncommitted(await at.fetch(None))
    assert not marker.exists(), marker.read_text()


async def test_nothing_of_the_daemons_own_environment_reaches_git(at: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("A_SECRET", "secret")
    await at.fetch()
    git = Git(at.mirror.git.git_dir, at.mirror.git.settings)
    output = await git("env", config=(("alias.env", "!env"),))
    names = {line.split("=")[0] for line in output.stdout.decode().splitlines()}
    assert "A_SECRET" not in names
    assert "GIT_EXTERNAL_DIFF" not in names


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to another user")
async def test_repositories_of_another_user_are_served(at: Scene, key: SigningKey) -> None:
    for folder in (at.work.root, at.remote.root):
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 12345, 12345)
    commit = await at.fetch()
    assert await at.worktree.uncommitted(commit) == ()
    tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    await at.mirror.push_tag(at.work.root, "origin", "v1.0.0", tag_object)
    assert await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")


async def test_a_configuration_that_includes_a_pipe_is_not_followed_for_the_remote(at: Scene) -> None:
    os.mkfifo(at.folder / "pipe")
    at.work.git("config", "include.path", str(at.folder / "pipe"))
    assert not await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")


async def test_cancelling_ends_git(at: Scene) -> None:
    await at.fetch()
    started = at.folder / "started"
    alias = (("alias.hang", f"!touch {started}; sleep 1000"),)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(at.mirror.git, "hang", config=alias))
            while not started.exists():
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()


async def test_git_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(GitMissingError):
        await Git(tmp_path, GitSettings({"PATH": str(tmp_path)}))("version")


async def test_git_that_hangs_is_ended_with_all_its_children(at: Scene) -> None:
    await at.fetch()
    alias = (("alias.hang", "!sleep 1000 & sleep 1000"),)
    with pytest.raises(GitTimeoutError, match=r"within 0\.5 seconds"):
        await at.mirror.git("hang", config=alias, seconds=0.5)


async def test_git_that_writes_without_end_is_ended(at: Scene) -> None:
    await at.fetch()
    with pytest.raises(GitOutputError):
        await at.mirror.git("flood", config=(("alias.flood", "!yes"),), limit=100_000)
