"""A fresh, pristine clone of one commit, in which build, tests and scripts run."""

import os
from pathlib import Path

from anyio import to_thread

from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.attributes import OWN_BYTES, write_attributes
from sentinel.adapters.git.command import TRANSFER_TIMEOUT, Git
from sentinel.adapters.git.commit_files import TAG_SPACES
from sentinel.adapters.git.environment import UPLOAD_PACK
from sentinel.adapters.git.location import read_small
from sentinel.adapters.git.names import shown
from sentinel.adapters.git.objects import resolve
from sentinel.core.values.git_names import SENTINEL, SENTINEL_EMAIL
from sentinel.errors.git import LargeFileStorageError, SubmodulesError

# docs/spec.md of git-lfs: the first line of a pointer file.
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
#: For tools that make a commit or a tag of their own in the checkout.
_IDENTITY = (("user", "name", SENTINEL), ("user", "email", SENTINEL_EMAIL))


async def check_out(git: Git, revision: str, into: Path, *, address: str | None = None) -> None:
    """Makes `into` a clone whose HEAD is `revision` (a commit or a tag), replacing what is there.

    Every file has the bytes of its blob, whatever .gitattributes says. The clone has its own objects and tags, and
    neither hooks nor alternates; its remote `origin` is `address`, without a login. It appears at once or not at all.
    Raises SubmodulesError, LargeFileStorageError, UnknownRevisionError.
    """
    commit = await resolve(git, revision)
    await _refuse_submodules(git, commit)
    partial = into.with_name(f"{into.name}.partial")
    await to_thread.run_sync(remove_tree, partial)
    await to_thread.run_sync(lambda: partial.mkdir(parents=True, mode=0o700))
    clone = Git(partial / ".git", git.settings, variables={"GIT_WORK_TREE": str(partial)})
    await _fetch(git, clone, partial, commit)
    await _write_files(clone, partial, commit)
    await to_thread.run_sync(_configure, clone.git_dir / "config", address)
    await to_thread.run_sync(_replace, partial, into)


async def _fetch(git: Git, clone: Git, folder: Path, commit: str) -> None:
    # Without GIT_WORK_TREE, which `init` would write down: the folder is renamed afterwards.
    await Git(clone.git_dir, git.settings)("init", "--quiet", "--template=", "--initial-branch=none", str(folder))
    source = (f"--upload-pack={UPLOAD_PACK}", "--", str(git.git_dir))
    fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    await clone("fetch", *fixed, *source, commit, seconds=TRANSFER_TIMEOUT)
    # The tags of most weight come last, so that they win; only those of this history.
    for space in reversed(TAG_SPACES):
        listing = await git("for-each-ref", f"--merged={commit}", "--format=%(refname)", space)
        names = listing.stdout.split(b"\n")[:-1]
        refspecs = b"".join(b"+%s:refs/tags/%s\n" % (name, name.removeprefix(space.encode())) for name in names)
        if refspecs:
            await clone("fetch", *fixed, "--stdin", *source, stdin=refspecs, seconds=TRANSFER_TIMEOUT)


async def _write_files(clone: Git, folder: Path, commit: str) -> None:
    """The attributes of the commit say which files LFS has, and nothing of how their bytes are written."""
    await clone("read-tree", commit)
    magic = Git(clone.git_dir, clone.settings, variables={**clone.variables, "GIT_LITERAL_PATHSPECS": "0"})
    large = (await magic("ls-files", "-z", "--", ":(top,attr:filter=lfs)")).stdout
    await to_thread.run_sync(write_attributes, clone.git_dir, OWN_BYTES)
    await clone("checkout", "--quiet", "--detach", "--force", commit, seconds=TRANSFER_TIMEOUT)
    for name in filter(None, large.split(b"\0")):
        if read_small(folder / os.fsdecode(name), len(_LFS_POINTER)) == _LFS_POINTER:
            raise LargeFileStorageError(path=shown(name))


async def _refuse_submodules(git: Git, commit: str) -> None:
    listing = await git("ls-tree", "-r", "-z", "--full-tree", commit)
    for row in listing.stdout.split(b"\0"):
        if row.startswith(b"160000 "):
            raise SubmodulesError(path=shown(row.partition(b"\t")[2]))


def _configure(file: Path, address: str | None) -> None:
    """Adds to the clone's configuration what builders and release tools ask git for."""
    origin = (('remote "origin"', "url", address), ('remote "origin"', "fetch", "+refs/heads/*:refs/remotes/origin/*"))
    settings = (*_IDENTITY, *(origin if address is not None else ()))
    with file.open("a", encoding="utf-8", errors="surrogateescape") as config:
        config.writelines(f"[{section}]\n\t{key} = {_quoted(value or '')}\n" for section, key, value in settings)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _replace(partial: Path, into: Path) -> None:
    remove_tree(into)
    partial.rename(into)
