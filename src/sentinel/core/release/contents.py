"""What a release changes, by name: its commits and files, as a person is shown them before saying yes."""

from collections.abc import Collection, Sequence

from pydantic import AwareDatetime

from sentinel.core.values.free_text import FreeText, Mask
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

COMMITS_KEPT = 50
FILES_KEPT = 20


class Changes(Frozen):
    """What a release changes against the one that it replaces, counted by git."""

    files: int
    insertions: int
    deletions: int

    def __str__(self) -> str:
        return f"{self.files} file{'' if self.files == 1 else 's'}, +{self.insertions}/-{self.deletions}"


class ReleaseCommit(Frozen):
    """`at` is when it was committed; None where an earlier version recorded it."""

    id: str
    author: FreeText
    subject: FreeText
    at: AwareDatetime | None = None


class ChangedFile(Frozen):
    """A file that differs, with its lines; a binary one has none."""

    path: FreeText
    insertions: int | None
    deletions: int | None

    @property
    def lines(self) -> int:
        return (self.insertions or 0) + (self.deletions or 0)


class Comparison(Frozen):
    """Two commits, compared by git: the sum, and every file that differs."""

    total: Changes
    files: tuple[ChangedFile, ...] = ()


class Contents(Frozen):
    """The newest commits and the largest changed files since `base`, and how many commits there are.

    `base` is the commit that production ran when the release was prepared; None for a first release. `pinned` are the
    pinned files that differ since then.
    """

    base: str | None
    commits: tuple[ReleaseCommit, ...] = ()
    commit_count: int = 0
    files: tuple[ChangedFile, ...] = ()
    pinned: tuple[str, ...] = ()


def contents_of(
    base: str | None,
    commits: Sequence[ReleaseCommit],
    compared: Comparison,
    *,
    pinned: Collection[str],
    mask: Mask,
) -> Contents:
    """What is kept of it with the release. All of it are the repository's words, masked before they are cut."""
    largest = sorted(compared.files, key=lambda file: (-file.lines, file.path))[:FILES_KEPT]
    differing = (file.path for file in compared.files if file.path in pinned)
    return Contents(
        base=base,
        commits=tuple(
            ReleaseCommit(
                id=commit.id,
                author=printable(mask(commit.author), limit=100),
                subject=printable(mask(commit.subject), limit=200),
                at=commit.at,
            )
            for commit in commits[:COMMITS_KEPT]
        ),
        commit_count=len(commits),
        files=tuple(file.model_copy(update={"path": printable(mask(file.path), limit=300)}) for file in largest),
        pinned=tuple(printable(path, limit=300) for path in differing) if base is not None else (),
    )
