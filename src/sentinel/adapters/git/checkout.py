"""A fresh, pristine clone of one commit, in which build, tests and scripts run (design 3.2, 6)."""

import os
from pathlib import Path

from anyio import to_thread

from sentinel.adapters.git.command import TRANSFER_TIMEOUT, Git
from sentinel.adapters.git.environment import UPLOAD_PACK
from sentinel.adapters.git.location import read_small
from sentinel.adapters.git.names import shown
from sentinel.adapters.git.objects import TAG_SPACES, resolve
from sentinel.adapters.trees import remove_tree
from sentinel.errors.git import LargeFileStorageError, SubmodulesError

# docs/spec.md of git-lfs: the first line of a pointer file.
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


async def check_out(git: Git, revision: str, into: Path) -> None:
    """Makes `into` a clone whose HEAD is `revision` (a commit or a tag), replacing what is there.

    It has its own objects and tags, and neither remotes, hooks nor alternates. It appears at once or not at all.
    Raises SubmodulesError, LargeFileStorageError, UnknownRevisionError.
    """
    commit = await resolve(git, revision)
    await _refuse_submodules(git, commit)
    partial = into.with_name(f"{into.name}.partial")
    await to_thread.run_sync(remove_tree, partial)
    await to_thread.run_sync(lambda: partial.mkdir(parents=True, mode=0o700))
    clone = Git(partial / ".git", git.settings, variables={"GIT_WORK_TREE": str(partial)})
    await _fill(git, clone, partial, commit)
    await _refuse_large_files(clone, partial)
    await to_thread.run_sync(_replace, partial, into)


async def _fill(git: Git, clone: Git, folder: Path, commit: str) -> None:
    # Without GIT_WORK_TREE, which `init` would write down: the folder is renamed afterwards.
    await Git(clone.git_dir, git.settings)("init", "--quiet", "--template=", "--initial-branch=none", str(folder))
    source = (f"--upload-pack={UPLOAD_PACK}", "--", str(git.git_dir))
    fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    await clone("fetch", *fixed, *source, commit, seconds=TRANSFER_TIMEOUT)
    # The tags of most weight come last, so that they win; only those of this history.
    for space in reversed(TAG_SPACES):
        listing = await git("for-each-ref", f"--merged={commit}", "--format=%(refname)", space)
        names = listing.stdout.decode("utf-8", "surrogateescape").splitlines()
        refspecs = "".join(f"+{name}:refs/tags/{name.removeprefix(space)}\n" for name in names)
        if refspecs:
            words = ("fetch", *fixed, "--stdin", *source)
            await clone(*words, stdin=refspecs.encode("utf-8", "surrogateescape"), seconds=TRANSFER_TIMEOUT)
    await clone("checkout", "--quiet", "--detach", "--force", commit, seconds=TRANSFER_TIMEOUT)


async def _refuse_submodules(git: Git, commit: str) -> None:
    listing = await git("ls-tree", "-r", "-z", "--full-tree", commit)
    for row in listing.stdout.split(b"\0"):
        if row.startswith(b"160000 "):
            raise SubmodulesError(path=shown(row.partition(b"\t")[2]))


async def _refuse_large_files(clone: Git, folder: Path) -> None:
    magic = Git(clone.git_dir, clone.settings, variables={**clone.variables, "GIT_LITERAL_PATHSPECS": "0"})
    listing = await magic("ls-files", "-z", "--", ":(top,attr:filter=lfs)")
    for name in filter(None, listing.stdout.split(b"\0")):
        if read_small(folder / os.fsdecode(name), len(_LFS_POINTER)) == _LFS_POINTER:
            raise LargeFileStorageError(path=shown(name))


def _replace(partial: Path, into: Path) -> None:
    remove_tree(into)
    partial.rename(into)
