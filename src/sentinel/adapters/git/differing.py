"""Files held against a commit by an index made anew, in a repository of the daemon's own."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.checkout import write_attributes
from sentinel.adapters.git.command import Config, Git
from sentinel.adapters.git.names import shown
from sentinel.core.candidate.commit_files import Difference, How

_ENTRY = re.compile(
    rb"\d{6} ([0-9a-f]{40}) 0\t([^\0]+)\0  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: ([0-9a-f]+)\n"
)
_SKIP_WORKTREE = 1 << 30
_32_BITS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Note:
    """The blob that a file was last compared with, how the file was then, and whether it is left out of the tree."""

    blob: str
    ctime: tuple[int, int]
    mtime: tuple[int, int]
    inode: int
    size: int
    left_out: bool

    def is_of(self, path: Path, index_written: int) -> bool:
        """Whether the file has not been touched since; one written at the same time as the index may have been."""
        try:
            found = path.lstat()
        except OSError:
            return False
        return (
            self.mtime == divmod(found.st_mtime_ns, 10**9)
            and self.ctime == divmod(found.st_ctime_ns, 10**9)
            and (self.inode, self.size) == (found.st_ino & _32_BITS, found.st_size & _32_BITS)
            and found.st_mtime_ns < index_written
        )


async def read_notes(git: Git, index: Path) -> dict[bytes, Note]:
    """The notes of an index by path; none where it cannot be read. `git` is a repository of the daemon's own."""
    if not index.is_file():
        return {}
    reading = Git(git.git_dir, git.settings, git.config, {**git.variables, "GIT_INDEX_FILE": str(index)})
    output = await reading("ls-files", "-z", "--stage", "--debug", accept=(0, 1, 128))
    return {row[1]: _note(row) for row in _ENTRY.findall(output.stdout)}


def _note(row: tuple[bytes, ...]) -> Note:
    blob, _, ctime, ctime_ns, mtime, mtime_ns, inode, size, flags = row
    return Note(
        blob=blob.decode(),
        ctime=(int(ctime), int(ctime_ns)),
        mtime=(int(mtime), int(mtime_ns)),
        inode=int(inode),
        size=int(size),
        left_out=bool(int(flags, 16) & _SKIP_WORKTREE),
    )


_SHOWN = 20
_SCRATCH = ".scratch-"
_NO_FILTER = (b"unspecified", b"unset", b"set")


@dataclass(frozen=True, slots=True)
class Tree:
    """The files at `root`, and what counts in judging them beside the commit.

    `exclude` and `attributes` are the contents of the files that say so for one repository. `index` is the working
    copy's own, `sparse` whether it leaves files out, and `filters` the names of those that git would run.
    """

    root: Path
    config: Config = ()
    exclude: bytes = b""
    attributes: bytes = b""
    index: Path | None = None
    sparse: bool = False
    filters: frozenset[str] = frozenset()


async def differing(mirror: Git, tree: Tree, commit: str) -> tuple[Difference, ...]:
    """At most twenty files that differ from `commit`, or are neither tracked nor ignored.

    Nothing that the repository at the root says of itself is obeyed, and no filter is run.
    """
    with _scratch_repository(mirror.git_dir, tree, commit) as (folder, variables):
        git = Git(folder, mirror.settings, tree.config, variables)
        await git("read-tree", commit)
        listing = await git("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all")
        found = [(row[3:], _how(row[:2])) for row in listing.stdout.split(b"\0") if row]
        judged = _Judged(git, tree)
        return tuple([difference async for difference in judged.differences(found)][:_SHOWN])


def _how(status: bytes) -> How:
    return "new" if status == b"??" else "gone" if b"D" in status else "changed"


class _Judged:
    """Differences without the files that are left out, and with those apart that only a filter could tell of."""

    def __init__(self, git: Git, tree: Tree) -> None:
        self._git = git
        self._tree = tree

    async def differences(self, found: list[tuple[bytes, How]]) -> AsyncIterator[Difference]:
        filtered = await self._filtered([path for path, how in found if how == "changed"])
        notes = await self._notes(found, filtered)
        blobs = await self._blobs() if filtered else {}
        written = self._tree.index.stat().st_mtime_ns if notes and self._tree.index is not None else 0
        for path, how in found:
            note = notes.get(path)
            if how == "gone" and note is not None and note.left_out and self._tree.sparse:
                continue
            if path not in filtered:
                yield Difference(path=shown(path), how=how)
            elif note is None or note.blob != blobs.get(path) or not note.is_of(self._place(path), written):
                yield Difference(path=shown(path), how="unknown", filter=filtered[path])

    async def _filtered(self, paths: list[bytes]) -> dict[bytes, str]:
        """Those that go through a filter that git would run, with its name."""
        if not paths or not self._tree.filters:
            return {}
        said = await self._git("check-attr", "-z", "--stdin", "filter", stdin=b"".join(path + b"\0" for path in paths))
        fields = said.stdout.split(b"\0")
        named = {path: value for path, value in zip(fields[::3], fields[2::3], strict=False) if value not in _NO_FILTER}
        return {
            path: shown(value) for path, value in named.items() if value.decode(errors="replace") in self._tree.filters
        }

    async def _notes(self, found: list[tuple[bytes, How]], filtered: dict[bytes, str]) -> dict[bytes, Note]:
        needed = filtered or (self._tree.sparse and any(how == "gone" for _, how in found))
        return await read_notes(self._git, self._tree.index) if needed and self._tree.index is not None else {}

    async def _blobs(self) -> dict[bytes, str]:
        """The commit's, by path."""
        listing = await self._git("ls-files", "-z", "--stage")
        rows = (row.partition(b"\t") for row in listing.stdout.split(b"\0") if row)
        return {path: columns.split()[1].decode() for columns, _, path in rows}

    def _place(self, path: bytes) -> Path:
        return self._tree.root / path.decode("utf-8", "surrogateescape")


@contextmanager
def _scratch_repository(mirror: Path, tree: Tree, head: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A git folder at `head` with the mirror's objects, and its own index, exclude file and attributes.

    It lies beside the mirror, where the next one removes what a killed daemon left: one is in use at a time.
    """
    for leftover in mirror.parent.glob(f"{_SCRATCH}*"):
        with suppress(OSError):
            remove_tree(leftover)
    with tempfile.TemporaryDirectory(dir=mirror.parent, prefix=_SCRATCH) as name:
        folder = Path(name)
        for part in ("refs", "objects", "info"):
            (folder / part).mkdir()
        (folder / "HEAD").write_text(f"{head}\n")
        (folder / "info" / "exclude").write_bytes(tree.exclude)
        write_attributes(folder, tree.attributes)
        yield (
            folder,
            {
                "GIT_WORK_TREE": str(tree.root),
                "GIT_OBJECT_DIRECTORY": str(mirror / "objects"),
                "GIT_INDEX_FILE": str(folder / "index"),
                "GIT_ATTR_NOSYSTEM": "0",
            },
        )
