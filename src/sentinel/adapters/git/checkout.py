"""A fresh, pristine clone of one commit, in which build, tests and scripts run."""

import os
from pathlib import Path

from anyio import to_thread

from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.command import TRANSFER_TIMEOUT, UPLOAD_PACK, Git
from sentinel.adapters.git.commit_files import LISTING_LIMIT, TAG_SPACES
from sentinel.adapters.git.location import read_small
from sentinel.adapters.git.names import shown
from sentinel.adapters.git.objects import commit_of, resolve
from sentinel.core.values.git import SENTINEL, SENTINEL_EMAIL
from sentinel.errors.git import GitFailedError, LargeFileStorageError, SubmodulesError

#: Switches off all that git changes between a blob and its file; `!` where git has no such thing as "off".
OWN_BYTES = b"* -text !eol !ident !filter !working-tree-encoding\n"


def write_attributes(git_dir: Path, lines: bytes) -> None:
    folder = git_dir / "info"
    folder.mkdir(exist_ok=True)
    (folder / "attributes").write_bytes(lines)


# docs/spec.md of git-lfs: the first line of a pointer file.
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_CONFIGURATION = """[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
"""
#: For tools that make a commit or a tag of their own in the checkout.
_IDENTITY = (("user", "name", SENTINEL), ("user", "email", SENTINEL_EMAIL))


async def check_out(git: Git, revision: str, into: Path, *, address: str | None = None) -> None:
    """Makes `into` a clone whose HEAD is `revision` (a commit or a tag), replacing what is there.

    Every file has the bytes of its blob, whatever .gitattributes says. The clone has its own objects and tags, and
    neither hooks nor alternates; its remote `origin` is `address`, without a login. It appears at once or not at all.
    Raises SubmodulesError, LargeFileStorageError, UnknownRevisionError.
    """
    commit = await commit_of(git, revision)
    try:
        attributes = await _refuse_submodules(git, commit)
    except GitFailedError:
        await resolve(git, commit)  # where there is no such commit, that is what is said
        raise
    partial = into.with_name(f"{into.name}.partial")
    await to_thread.run_sync(remove_tree, partial)
    await to_thread.run_sync(lambda: partial.mkdir(parents=True, mode=0o700))
    clone = Git(partial / ".git", git.settings, variables={"GIT_WORK_TREE": str(partial)})
    await _fetch(git, clone, commit)
    await _write_files(clone, partial, commit, attributes=attributes)
    await to_thread.run_sync(_configure, clone.git_dir / "config", address)
    await to_thread.run_sync(_replace, partial, into)


async def _fetch(git: Git, clone: Git, commit: str) -> None:
    await to_thread.run_sync(_make_repository, clone.git_dir)
    listing = await git("for-each-ref", f"--merged={commit}", "--format=%(refname)", *TAG_SPACES)
    refs = listing.stdout.split(b"\n")[:-1]
    # The tags of most weight come last, so that they win; only those of this history.
    tags = {
        ref.removeprefix(space): ref
        for space in (space.encode() for space in reversed(TAG_SPACES))
        for ref in refs
        if ref.startswith(space)
    }
    refspecs = (commit.encode(), *(b"+%s:refs/tags/%s" % (ref, name) for name, ref in tags.items()))
    fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    source = ("--stdin", f"--upload-pack={UPLOAD_PACK}", "--", str(git.git_dir))
    await clone("fetch", *fixed, *source, stdin=b"\n".join(refspecs) + b"\n", seconds=TRANSFER_TIMEOUT)


async def _write_files(clone: Git, folder: Path, commit: str, *, attributes: bool) -> None:
    """The attributes of the commit say which files LFS has, and nothing of how their bytes are written."""
    large = await _in_large_file_storage(clone, commit) if attributes else b""
    await to_thread.run_sync(write_attributes, clone.git_dir, OWN_BYTES)
    await clone("checkout", "--quiet", "--detach", "--force", commit, seconds=TRANSFER_TIMEOUT)
    for name in filter(None, large.split(b"\0")):
        if read_small(folder / os.fsdecode(name), len(_LFS_POINTER)) == _LFS_POINTER:
            raise LargeFileStorageError(path=shown(name))


async def _in_large_file_storage(clone: Git, commit: str) -> bytes:
    await clone("read-tree", commit)
    magic = Git(clone.git_dir, clone.settings, variables={**clone.variables, "GIT_LITERAL_PATHSPECS": "0"})
    return (await magic("ls-files", "-z", "--", ":(top,attr:filter=lfs)")).stdout


async def _refuse_submodules(git: Git, commit: str) -> bool:
    """Whether any of the commit's files says what attributes others have."""
    listing = await git("ls-tree", "-r", "-z", "--full-tree", commit, limit=LISTING_LIMIT)
    rows = listing.stdout.split(b"\0")
    for row in rows:
        if row.startswith(b"160000 "):
            raise SubmodulesError(path=shown(row.partition(b"\t")[2]))
    return any(row.endswith((b"\t.gitattributes", b"/.gitattributes")) for row in rows)


def _make_repository(git_dir: Path) -> None:
    for folder in ("objects", "refs/heads", "refs/tags", "info"):
        (git_dir / folder).mkdir(parents=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    (git_dir / "config").write_text(_CONFIGURATION, encoding="ascii")


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
