"""Kept artifacts: collected from the build once, and handed out as read-only copies of the same bytes."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from io import BufferedReader
from pathlib import Path

from anyio import to_thread

from sentinel.adapters import files
from sentinel.adapters.artifacts.revision import named_commits
from sentinel.core.candidate.named_versions import foreign_revision
from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.core.values.printable import printable
from sentinel.errors.command import ArtifactStorageError, NoArtifactError, TamperedArtifactError, UnfitArtifactError

ENTRY_LIMIT = 200_000
DEPTH_LIMIT = 64


class Pattern:
    """A glob over path segments: `*`, `?` and `[…]` within one, and `**` for any number of them, `.git` excepted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = tuple(part for part in text.split("/") if part not in ("", "."))
        self._recursive = "**" in self._parts
        self._scanned = 0

    def files(self, root: Path) -> Iterator[str]:
        """The names that match, relative to `root`; raises UnfitArtifactError on a match that is no regular file."""
        yield from self._walk(os.open(root, files.FOLDER), "", self._skipping({0}), DEPTH_LIMIT)

    def _walk(self, folder: int, prefix: str, states: frozenset[int], depth: int) -> Iterator[str]:
        """`states` are the positions in the pattern that the segments so far have reached; closes `folder`."""
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            self._scanned += len(found)
            if self._scanned > ENTRY_LIMIT or not depth:
                raise UnfitArtifactError(name=printable(prefix), reason=f"{self.text} leads through too many files")
            for entry in found:
                after = self._after(states, entry.name)
                if not after or entry.name == ".git":
                    continue
                if self._is_folder(entry, prefix, after):
                    inside = os.open(entry.name, files.FOLDER, dir_fd=folder)
                    yield from self._walk(inside, f"{prefix}{entry.name}/", after, depth - 1)
                elif len(self._parts) in after:
                    yield f"{prefix}{entry.name}"
        finally:
            os.close(folder)

    def _is_folder(self, entry: "os.DirEntry[str]", prefix: str, states: frozenset[int]) -> bool:
        """Whether to look inside; raises UnfitArtifactError where the pattern means what cannot be kept."""
        matched = len(self._parts) in states
        if entry.is_dir(follow_symlinks=False):
            if matched and not self._recursive:
                raise unfit(f"{prefix}{entry.name}", "it is a folder; a pattern with ** means the files in it")
            return True
        if entry.is_symlink() and (matched or not self._recursive):
            raise unfit(f"{prefix}{entry.name}", "it is a symbolic link")
        if matched and not entry.is_file(follow_symlinks=False):
            raise unfit(f"{prefix}{entry.name}", "it is not a regular file")
        return False

    def _after(self, states: frozenset[int], segment: str) -> frozenset[int]:
        reached = set()
        for state in states:
            if state < len(self._parts):
                if self._parts[state] == "**":
                    reached.add(state)
                elif fnmatchcase(segment, self._parts[state]):
                    reached.add(state + 1)
        return self._skipping(reached)

    def _skipping(self, states: set[int]) -> frozenset[int]:
        """`**` may stand for nothing."""
        for state in sorted(states):
            following = state
            while following < len(self._parts) and self._parts[following] == "**":
                following += 1
                states.add(following)
        return frozenset(states)


def open_inside(root: Path, name: str) -> BufferedReader:
    """Opens a regular file below `root`. Raises UnfitArtifactError, also for a link on the way; OSError if missing."""
    *folders, last = name.split("/")
    try:
        with files.opened(root) as top, files.inside(top, tuple(folders)) as folder:
            return files.open_regular(last, at=folder, follow=False)
    except FileNotFoundError:
        raise
    except files.NotRegularError:
        raise unfit(name, files.WRONG_KIND) from None
    except OSError:
        raise unfit(name, "it cannot be reached without following a symbolic link") from None


def unfit(name: str, reason: str) -> UnfitArtifactError:
    return UnfitArtifactError(name=printable(name), reason=reason)


COUNT_LIMIT = 1000
SIZE_LIMIT = 8 * 1024**3
"""Bytes of all artifacts of a release together."""
_CHUNK = 1 << 20


class ArtifactStore:
    """One folder for each release; a release's folder is complete, or it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]:
        """Keeps what the patterns match; the same again after a crash.

        Raises NoArtifactError, UnfitArtifactError, ArtifactStorageError, and TamperedArtifactError where other files
        are kept for that release already.
        """
        return await to_thread.run_sync(self._collect, release_id, checkout, patterns)

    async def named_commits(
        self, release_id: str, artifacts: tuple[Artifact, ...]
    ) -> dict[str, tuple[NamedCommit, ...]]:
        """The commits that each artifact says it was built from, by its name; those that name none are left out."""

        def look() -> dict[str, tuple[NamedCommit, ...]]:
            kept = self._folder / release_id
            found = {artifact.name: named_commits(kept / artifact.name, artifact.name) for artifact in artifacts}
            return {name: commits for name, commits in found.items() if commits}

        return await to_thread.run_sync(look)

    async def verify(self, release_id: str, artifacts: tuple[Artifact, ...], *, commit: str) -> None:
        """Raises TamperedArtifactError or ForeignRevisionError."""
        await to_thread.run_sync(self._verify, release_id, artifacts)
        for artifact in artifacts:
            if artifact.revision is not None and artifact.revision != commit:
                raise foreign_revision(artifact, NamedCommit(commit=artifact.revision, place="it"), commit)

    async def hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None:
        """A read-only copy for one script, hashed while it is made; again after a crash.

        Raises TamperedArtifactError or ArtifactStorageError.
        """
        await to_thread.run_sync(self._hand_out, release_id, artifacts, into)

    async def remove(self, release_id: str) -> None:
        """Raises ArtifactStorageError."""
        await to_thread.run_sync(self._forget, release_id)

    def _forget(self, release_id: str) -> None:
        with _storage():
            files.remove_tree(self._folder / release_id)

    def _collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]:
        kept, partial = self._folder / release_id, self._folder / f".{release_id}"
        with _storage():
            names = _names(checkout, patterns)
            files.remove_tree(partial)
            partial.mkdir(parents=True)
            artifacts = _keep(checkout, names, partial)
            if kept.exists():
                self._verify(release_id, artifacts)
                files.remove_tree(partial)
            else:
                files.seal(partial)
                files.put_in_place(partial, kept)
        return artifacts

    def _verify(self, release_id: str, artifacts: tuple[Artifact, ...]) -> None:
        kept = self._folder / release_id
        for artifact in artifacts:
            _require_unchanged(artifact, _digest(kept, artifact.name))
        for extra in sorted(_files(kept) - {artifact.name for artifact in artifacts}):
            raise TamperedArtifactError(name=printable(extra), fault="it was put there by somebody else")

    def _hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None:
        kept = self._folder / (release_id or "")
        with _storage():
            files.remove_tree(into)
            into.mkdir(parents=True)
            for artifact in artifacts:
                if _digest(kept, artifact.name) is None:
                    _require_unchanged(artifact, None)
                digest, _ = _copy(kept, artifact.name, into, room=artifact.size)
                _require_unchanged(artifact, digest)
            files.seal(into)


def _names(checkout: Path, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the patterns match, in order and each once."""
    names: set[str] = set()
    for pattern in patterns:
        found = set(Pattern(pattern).files(checkout))
        if not found:
            raise NoArtifactError(pattern=pattern)
        names |= found
    for name in names:
        if printable(name) != name:
            raise unfit(name, "its name is too long or has hidden characters")
    if len(names) > COUNT_LIMIT:
        raise UnfitArtifactError(name=f"number {COUNT_LIMIT + 1}", reason=f"there are more than {COUNT_LIMIT}")
    return tuple(sorted(names))


def _keep(checkout: Path, names: tuple[str, ...], into: Path) -> tuple[Artifact, ...]:
    artifacts: list[Artifact] = []
    room = SIZE_LIMIT
    for name in names:
        digest, size = _copy(checkout, name, into, room=room)
        room -= size
        artifacts.append(Artifact(name=name, sha256=digest, size=size))
    return tuple(artifacts)


def _copy(source: Path, name: str, target: Path, *, room: int) -> tuple[str, int]:
    """Copies one file, read-only and on the disk; the digest and number of the bytes that were copied."""
    digest, size = hashlib.sha256(), 0
    place = target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with open_inside(source, name) as reader, place.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise unfit(name, "with it the artifacts are larger than they may be, or than they were")
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
        executable = os.fstat(reader.fileno()).st_mode & stat.S_IXUSR
        os.fchmod(writer.fileno(), 0o555 if executable else 0o444)
    return digest.hexdigest(), size


def _digest(folder: Path, name: str) -> str | None:
    """SHA-256 of a regular file; None where there is none."""
    try:
        with open_inside(folder, name) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, UnfitArtifactError):
        return None


def _require_unchanged(artifact: Artifact, digest: str | None) -> None:
    if digest != artifact.sha256:
        fault = "it is gone" if digest is None else f"its SHA-256 is {digest[:12]}… and not {artifact.sha256[:12]}…"
        raise TamperedArtifactError(name=printable(artifact.name), fault=fault)


def _files(folder: Path) -> set[str]:
    """Everything below that is not a folder, links to folders included."""
    if not folder.is_dir():
        return set()
    with files.opened(folder) as top:
        return set(files.names(top))


@contextmanager
def _storage() -> Iterator[None]:
    """A full disk and the like, in words."""
    try:
        yield
    except OSError as error:
        raise ArtifactStorageError(reason=error.strerror or str(error)) from None
