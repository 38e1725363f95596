"""Which commit an artifact was built from, of those that it names."""

import pytest

from sentinel.core.candidate.named_versions import with_revision
from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.errors.command import ForeignRevisionError

COMMIT, OLDER, FOREIGN = "a" * 40, "b" * 40, "c" * 40
ARTIFACT = Artifact(name="dist/app.jar", sha256="0" * 64, size=1)


def named(*commits: str) -> tuple[NamedCommit, ...]:
    return tuple(NamedCommit(commit=commit, place=f"file-{commit[0]}") for commit in commits)


@pytest.mark.parametrize(
    ("commits", "revision"),
    [((), None), ((COMMIT,), COMMIT), ((FOREIGN,), None), ((FOREIGN, COMMIT), COMMIT), ((OLDER, COMMIT), COMMIT)],
)
def test_its_own_commit_counts_and_one_that_the_repository_never_had_says_nothing(
    commits: tuple[str, ...], revision: str | None
) -> None:
    assert with_revision(ARTIFACT, named(*commits), COMMIT, {COMMIT, OLDER}).revision == revision


@pytest.mark.parametrize("commits", [(OLDER,), (FOREIGN, OLDER)])
def test_another_commit_of_the_repository_is_refused_with_the_file_that_names_it(commits: tuple[str, ...]) -> None:
    with pytest.raises(ForeignRevisionError) as refusal:
        with_revision(ARTIFACT, named(*commits), COMMIT, {COMMIT, OLDER})
    assert refusal.value.what == (
        "The artifact dist/app.jar names commit bbbbbbbbbbbb as its source (file-b names it), but the tag is "
        "commit aaaaaaaaaaaa."
    )
