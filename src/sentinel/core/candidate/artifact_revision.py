"""Which commit an artifact was built from, of those that it names (protocol 3.1)."""

from collections.abc import Collection

from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.errors.command import ForeignRevisionError


def with_revision(artifact: Artifact, named: tuple[NamedCommit, ...], commit: str, known: Collection[str]) -> Artifact:
    """The artifact with `commit`, where it names that one; `known` are commits that the repository has.

    A commit that the repository never had is that of something bundled, and says nothing. Raises ForeignRevisionError
    where the artifact names other commits of the repository alone.
    """
    if any(one.commit == commit for one in named):
        return artifact.model_copy(update={"revision": commit})
    other = next((one for one in named if one.commit in known), None)
    if other is not None:
        raise foreign_revision(artifact, other, commit)
    return artifact


def foreign_revision(artifact: Artifact, named: NamedCommit, commit: str) -> ForeignRevisionError:
    return ForeignRevisionError(name=artifact.name, place=named.place, found=named.commit[:12], expected=commit[:12])
