"""What the index of a working copy notes of its files: believed only where nothing else can be known of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git.command import Git

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
