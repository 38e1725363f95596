"""Histories, remotes and formats as they are: let through where they are harmless, else said as what they are."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.adapters.git.command import LOOK_TIMEOUT
from sentinel.errors.git import (
    FetchFailedError,
    ObjectFormatError,
    RemoteBranchMissingError,
    RemoteUnreachableError,
    UnpushedCommitError,
)
from tests.adapters.repositories import Scene, repository

DATE = "1315437530 +0000"
AUTHORS = [
    f"A<a@example.org> {DATE}",
    f"<a@example.org> {DATE}",
    f"A <a@example.org {DATE}",
    "A <a@example.org> 0001315437530 +0000",
    f"A a@example.org> {DATE}",
    f"A {DATE}",
    f"A <a<b@example.org> {DATE}",
    "A <a@example.org>1315437530 +0000",
    "A <a@example.org> 99999999999999999999 +0000",
    "A <a@example.org> 1315437530 +051800",
    "A <a@example.org>",
    f"A <a@example.org> {DATE}\nauthor B <b@example.org> {DATE}",
]


def raw(root: Path, kind: str, content: bytes) -> str:
    """An object with any content at all."""
    command = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    return subprocess.run(command, cwd=root, input=content, capture_output=True, check=True).stdout.decode().strip()


@pytest.mark.parametrize("role", ["author", "committer"])
@pytest.mark.parametrize("line", AUTHORS)
async def test_an_odd_line_of_an_old_commit_is_let_through(at: Scene, role: str, line: str) -> None:
    good = f"A <a@example.org> {DATE}"
    lines = {"author": good, "committer": good, role: line}
    tree = at.work.git("rev-parse", "HEAD^{tree}")
    written = f"tree {tree}\nauthor {lines['author']}\ncommitter {lines['committer']}\n\nold\n"
    old = raw(at.work.root, "commit", written.encode())
    now = at.work.git("commit-tree", "-m", "merge", "-p", "HEAD", "-p", old, tree)
    at.work.git("update-ref", "refs/heads/main", now)
    assert await at.fetch(None) == now
    await at.mirror.checkout(now, at.folder / "build")


async def test_an_old_tag_without_a_tagger_is_let_through(at: Scene) -> None:
    tag = raw(at.work.root, "tag", f"object {at.work.head}\ntype commit\ntag v0.1.0\n\nold\n".encode())
    at.work.git("update-ref", "refs/tags/v0.1.0", tag)
    await at.fetch(None)
    assert await at.mirror.commit_of("v0.1.0") == at.work.head


@pytest.mark.parametrize("name", [".git", ".GIT", "..", ".", "git~1"])
async def test_a_path_that_harms_its_reader_is_not_let_through(at: Scene, name: str) -> None:
    blob = at.work.git("hash-object", "-w", "--stdin", stdin="x")
    entry = b"100644 %s\0%s" % (name.encode(), bytes.fromhex(blob))
    tree = raw(at.work.root, "tree", entry)
    at.work.git("update-ref", "refs/heads/main", at.work.git("commit-tree", "-m", "x", tree))
    with pytest.raises(FetchFailedError):
        await at.fetch(None)


async def test_a_release_branch_that_the_remote_has_under_another_name_is_not_pushed_anew(at: Scene) -> None:
    commit = await at.fetch()
    at.remote.git("branch", "-m", "main", "trunk")
    with pytest.raises(RemoteBranchMissingError, match=r"origin has no branch main \(it has: trunk\)") as refused:
        await at.fetch()
    assert "correct `[project] branch`" in refused.value.fix
    with pytest.raises(RemoteBranchMissingError):
        await at.mirror.refs_with(at.work.root, "main", commit, "origin")


async def test_many_branches_of_a_remote_are_named_in_part(at: Scene) -> None:
    at.remote.git("branch", "-m", "main", "odd\u2028name")
    for number in range(12):
        at.remote.git("branch", f"b{number:02}", "odd\u2028name")
    with pytest.raises(RemoteBranchMissingError, match=r"\(it has: b00, .*, b09, …\)"):
        await at.fetch()


async def test_an_empty_remote_is_pushed_to_first(at: Scene) -> None:
    at.remote.git("update-ref", "-d", "refs/heads/main")
    with pytest.raises(UnpushedCommitError):
        await at.fetch()


async def test_a_sha_256_repository_is_said_to_be_one(at: Scene, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", at.work.environ, "--object-format=sha256")
    other.commit("first", file="x\n")
    with pytest.raises(ObjectFormatError, match="SHA-256 object names are not supported"):
        await at.mirror.fetch(other.root, "main", None)
    bare = repository(tmp_path / "bare.git", at.work.environ, "--bare", "--object-format=sha256")
    other.git("push", "--quiet", str(bare.root), "main")
    at.work.git("remote", "set-url", "origin", str(bare.root))
    with pytest.raises(ObjectFormatError):
        await at.fetch()


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("address", ["git://127.0.0.1:{port}/r.git", "http://127.0.0.1:{port}/r.git", "ssh"])
async def test_a_remote_that_never_answers_costs_fifteen_seconds(at: Scene, address: str) -> None:
    with silent() as port:
        url = f"ssh://git@127.0.0.1:{port}/r.git" if address == "ssh" else address.format(port=port)
        at.work.git("remote", "set-url", "origin", url)
        began = time.monotonic()
        with pytest.raises(RemoteUnreachableError, match=f"nothing came from .*{port}.* within 15 seconds"):
            await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
        assert LOOK_TIMEOUT <= time.monotonic() - began < 2 * LOOK_TIMEOUT
