"""A project's git as the engine asks for it: one reading of a commit, the remote, tags and their signatures."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sentinel.core.candidate.changelog_sources import Commit
from sentinel.core.candidate.commit_files import Difference, Ignored
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.proof.checkpoint import TagObject
from sentinel.core.release.contents import Comparison, ReleaseCommit
from sentinel.core.values.git import BranchCleanup, Refs


class Files(Protocol):
    """The files of one commit, as the mirror has them now."""

    commit: str
    tree: str

    async def read(self, path: str) -> bytes | None:
        """The bytes of a regular file; None where there is none."""
        ...

    async def is_executable(self, path: str) -> bool: ...

    async def linked_folder(self, path: str) -> str | None:
        """The first folder of a path that is a symbolic link; what stands at its end does not count."""
        ...

    async def paths(self) -> tuple[str, ...]:
        """The paths of all files."""
        ...

    async def paths_in(self, folder: str) -> tuple[str, ...]:
        """The paths of the regular files of a folder."""
        ...

    async def other_case(self, path: str) -> str | None:
        """A path that differs from `path` in capital and small letters alone; printable."""
        ...

    async def content_digest(self, ignored: Ignored) -> str:
        """The digest of all files without those that are ignored."""
        ...


class Reader(Protocol):
    async def at(self, revision: str) -> Files:
        """The files at a commit or a tag; raises UnknownRevisionError."""
        ...


class Repository(Protocol):
    """One project's git: the daemon's mirror, and the working copy that it is compared with."""

    async def head(self, *, remote: bool = True) -> str:
        """Fetches, and returns the commit at the release branch's head. Raises what makes a repository unfit.

        Without `remote`, the working copy's branch is not held against that of its remote.
        """
        ...

    async def addresses(self) -> tuple[str, ...]:
        """Where the policy's remote is read and pushed to now, without logins; none where that is nothing to trust."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Reads what commits hold, for as long as it is open."""
        ...

    async def commits(self, base: str | None, commit: str) -> tuple[Commit, ...]:
        """The commits since `base`, the newest first."""
        ...

    async def uncommitted(self, commit: str) -> tuple[Difference, ...]:
        """What differs in the working copy from its HEAD, which was at `commit` a moment ago."""
        ...

    async def left_by(self, checkout: Path, commit: str) -> tuple[Difference, ...]:
        """What a build changed in its checkout, where the clean tree is that of a fresh clone."""
        ...

    async def tag_names(self, commit: str) -> TagNames:
        """Every tag that is known, of the working copy and of the remote, whatever branch it is on."""
        ...

    async def has_commit(self, commit: str) -> bool:
        """Whether the repository has it, on whatever branch."""
        ...

    async def commit_of_tag(self, tag: str) -> str | None: ...

    async def compare(self, base: str | None, commit: str) -> Comparison: ...

    async def log(self, base: str | None, commit: str) -> tuple[ReleaseCommit, ...]:
        """The commits since `base`, the newest first and without merges, each by its first line."""
        ...

    async def checkout(self, commit: str, into: Path) -> None: ...

    async def sign_tag(self, tag: str, commit: str, message: str) -> str: ...

    async def verify_tag(self, tag: str, commit: str, tag_object: str, refs: Refs | None = None) -> None:
        """Raises what is wrong with the tag; `refs` are the mirror's, where they are known."""
        ...

    async def delete_tag(self, tag: str) -> None: ...

    async def remote_tag_objects(self, tag: str, refs: Refs | None = None) -> frozenset[str]:
        """The objects that the remote's places have under that name; none without a remote.

        `refs` say so where they were listed there.
        """
        ...

    async def push_tag(self, tag: str, tag_object: str) -> None:
        """Pushes this object under that name where a remote is configured; pushing it again is no error.

        Raises PushRefusedError or RemoteUnreachableError where it may succeed once the remote is mended.
        """
        ...

    async def try_push(self, tag: str, commit: str | None = None) -> None:
        """Raises what a push of this tag, or of `commit` under that name, is bound to fail with; pushes nothing."""
        ...

    async def refs_with(self, commit: str) -> Refs | None:
        """The refs after a fetch; None where the release branch does not contain `commit` any more."""
        ...

    async def clean_up(self, released: str) -> BranchCleanup: ...

    async def public_key(self) -> Path: ...

    async def try_key(self) -> None:
        """Signs something with the key of the tags; raises what says why it cannot."""
        ...

    async def require_key_until(self, moment: datetime) -> None:
        """Raises what says that the key of the tags is missing, or expires before that."""
        ...

    async def public_files(self) -> dict[str, str]:
        """What a release tag is verified with, by the name of its file."""
        ...

    async def tag_objects(self, refs: Refs | None = None) -> tuple[TagObject, ...]:
        """Every annotated tag that the mirror knows, of whatever origin; none where there is no mirror yet."""
        ...
