"""A release's commits and changed files, as a person reads them before approving."""

from collections.abc import Collection, Sequence

from pydantic import AwareDatetime

from sentinel.core.values.free_text import FreeText, Mask
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

COMMITS_KEPT = 50
FILES_KEPT = 20


class Changes(Frozen):
    """The size of a release's changes against the release that it replaces, counted by git."""

    files: int
    insertions: int
    deletions: int

    def __str__(self) -> str:
        return f"{self.files} file{'' if self.files == 1 else 's'}, +{self.insertions}/-{self.deletions}"


class ReleaseCommit(Frozen):
    """`at` is when it was committed; None if an earlier version of Sentinel recorded it."""

    id: str
    author: FreeText
    subject: FreeText
    at: AwareDatetime | None = None


class ChangedFile(Frozen):
    """A changed file with its line counts; a binary file has none."""

    path: FreeText
    insertions: int | None
    deletions: int | None

    @property
    def lines(self) -> int:
        return (self.insertions or 0) + (self.deletions or 0)


class Comparison(Frozen):
    """Two commits compared by git: the totals, and every file that differs."""

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
    """The part that is stored with the release.

    All of it is the repository's text, which is masked before it is cut.
    """
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
