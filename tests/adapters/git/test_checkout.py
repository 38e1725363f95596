"""The pristine clone that builds and scripts run in."""

import subprocess
from pathlib import Path

import pytest

from sentinel.adapters.git.names import without_login
from sentinel.adapters.keys.tag_key import SigningKey
from sentinel.errors.git import LargeFileStorageError, SubmodulesError
from tests.adapters.repositories import Repository, Scene, repository


async def test_a_checkout_of_the_tag_describes_itself_as_that_tag(at: Scene, key: SigningKey) -> None:
    commit = await at.fetch()
    await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    await at.mirror.checkout("v1.0.0", at.folder / "build")
    clone = Repository(at.folder / "build", at.work.environ)
    assert clone.head == commit
    assert clone.git("describe", "--exact-match") == "v1.0.0"
    assert clone.git("status", "--porcelain", "--ignored") == ""


async def test_a_checkout_depends_on_nothing_else(at: Scene) -> None:
    at.work.commit("second")
    await at.mirror.checkout(await at.fetch(None), at.folder / "build")
    clone = Repository(at.folder / "build", at.work.environ)
    assert not (clone.root / ".git/objects/info/alternates").exists()
    assert not (clone.root / ".git/hooks").exists()
    assert clone.git("remote") == ""
    assert clone.git("config", "--local", "--name-only", "--list").split() == [
        "core.repositoryformatversion",
        "core.filemode",
        "core.bare",
        "core.logallrefupdates",
        "user.name",
        "user.email",
    ]
    assert clone.git("rev-list", "--count", "HEAD") == "2"
    clone.git("fsck", "--strict")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.org/shop.git", "https://example.org/shop.git"),
        ("https://user:to@ken@example.org/shop.git", "https://example.org/shop.git"),
        ("https://token@example.org/shop.git", "https://example.org/shop.git"),
        ("git@example.org:shop.git", "git@example.org:shop.git"),
        ("ssh://git@example.org:22/shop.git", "ssh://git@example.org:22/shop.git"),
        ("ssh://git:password@example.org/shop.git", "ssh://git@example.org/shop.git"),
        ('/srv/a "quoted" \\ path\n.git', '/srv/a "quoted" \\ path\n.git'),
    ],
)
async def test_builders_that_ask_for_the_remote_are_told_its_address_without_a_login(
    at: Scene, url: str, address: str
) -> None:
    await at.mirror.checkout(await at.fetch(None), at.folder / "build", address=without_login(url))
    clone = Repository(at.folder / "build", at.work.environ)
    assert clone.git("remote", "get-url", "origin") == address
    assert clone.git("ls-remote", "--get-url") == address
    clone.git("-c", "user.useConfigOnly=true", "commit", "--allow-empty", "--message=of a tool's own")


async def test_the_daemons_tag_goes_before_one_of_the_working_copy(at: Scene, key: SigningKey) -> None:
    at.work.git("tag", "v1.0.0")
    commit = at.work.commit("second")
    await at.fetch(None)
    await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    await at.mirror.checkout("v1.0.0", at.folder / "build")
    assert Repository(at.folder / "build", at.work.environ).git("rev-parse", "v1.0.0^{commit}") == commit


async def test_a_leftover_checkout_is_replaced(at: Scene) -> None:
    commit = await at.fetch()
    for name in ("build", "build.partial"):
        locked = at.folder / name / "cache"
        locked.mkdir(parents=True)
        (locked / "leftover").touch()
        locked.chmod(0o500)
    await at.mirror.checkout(commit, at.folder / "build")
    assert sorted(path.name for path in (at.folder / "build").iterdir()) == [".git", "README"]
    assert not (at.folder / "build.partial").exists()


async def test_submodules_are_refused(at: Scene) -> None:
    other = repository(at.folder / "other", at.work.environ)
    other.commit("other")
    at.work.git("submodule", "--quiet", "add", str(other.root), "libs/other")
    commit = at.work.commit("submodule")
    await at.fetch(None)
    with pytest.raises(SubmodulesError, match="libs/other"):
        await at.mirror.checkout(commit, at.folder / "build")
    assert not (at.folder / "build").exists()


async def test_files_kept_in_lfs_are_refused(at: Scene) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    commit = at.work.commit(**{".gitattributes": "*.bin filter=lfs diff=lfs\n", "dir/model.bin": pointer})
    await at.fetch(None)
    with pytest.raises(LargeFileStorageError, match=r"dir/model\.bin"):
        await at.mirror.checkout(commit, at.folder / "build")


async def test_hostile_file_names_are_checked_out_as_they_are(at: Scene) -> None:
    names = ("-rf", "new\nline", "esc\x1b[31m", "--upload-pack=x", "$(touch marker)")
    commit = at.work.commit(**dict.fromkeys(names, "x\n"))
    await at.fetch(None)
    await at.mirror.checkout(commit, at.folder / "build")
    assert {path.name for path in (at.folder / "build").iterdir()} == {*names, "README", ".git"}


async def test_a_tree_that_would_write_into_the_git_folder_is_not_fetched(at: Scene) -> None:
    blob = at.work.git("hash-object", "-w", "--stdin", stdin="#!/bin/sh\n")
    inner = _tree(at.work.root, f"100755 blob {blob}\tpost-checkout\n")
    tree = _tree(at.work.root, f"040000 tree {inner}\t.git\n")
    at.work.git("update-ref", "refs/heads/main", at.work.git("commit-tree", "-m", "evil", tree))
    with pytest.raises(Exception, match=r"contains '\.git'"):
        await at.fetch(None)


def _tree(root: Path, entries: str) -> str:
    command = ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
    raw = b"".join(_raw(line) for line in entries.splitlines())
    return subprocess.run(command, cwd=root, input=raw, capture_output=True, check=True).stdout.decode().strip()


def _raw(entry: str) -> bytes:
    columns, name = entry.split("\t")
    mode, _, identity = columns.split()
    return f"{mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(identity)
