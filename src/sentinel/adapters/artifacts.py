"""Kept artifacts (design 6): collected from the build once, and handed out as read-only copies of the same bytes."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import anyio

from sentinel.adapters.revisions import embedded_revision
from sentinel.core.printable import printable
from sentinel.core.release import Artifact
from sentinel.errors.artifacts import (
    ArtifactStorageError,
    ForeignRevisionError,
    NoArtifactError,
    TamperedArtifactError,
    UnfitArtifactError,
)

COUNT_LIMIT = 1000
SIZE_LIMIT = 8 * 1024**3
_CHUNK = 1 << 20


class ArtifactStore:
    """One folder for each release; a release's folder is complete, or it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]:
        """Keeps what the patterns match. Raises NoArtifactError, UnfitArtifactError or ArtifactStorageError."""
        return await anyio.to_thread.run_sync(self._collect, release_id, checkout, patterns)

    async def verify(self, release_id: str, artifacts: tuple[Artifact, ...], *, commit: str) -> None:
        """Raises TamperedArtifactError or ForeignRevisionError."""
        await anyio.to_thread.run_sync(self._verify, release_id, artifacts, commit)

    async def hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None:
        """A read-only copy for one script, hashed while it is made; again after a crash.

        Raises TamperedArtifactError or ArtifactStorageError.
        """
        await anyio.to_thread.run_sync(self._hand_out, release_id, artifacts, into)

    def _collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]:
        kept = self._folder / release_id
        names = _matches(checkout, patterns)
        try:
            if kept.exists():
                return tuple(_describe(kept, name) for name in names)
            partial = self._folder / f".{release_id}"
            _remove(partial)
            for name in names:
                _copy(checkout, name, partial)
            artifacts = tuple(_describe(partial, name) for name in names)
            partial.replace(kept)
        except OSError as error:
            raise ArtifactStorageError(reason=error.strerror) from None
        return artifacts

    def _verify(self, release_id: str, artifacts: tuple[Artifact, ...], commit: str) -> None:
        kept = self._folder / release_id
        for artifact in artifacts:
            _require_unchanged(artifact, _digest(kept / artifact.name))
            if artifact.revision is not None and artifact.revision != commit:
                raise ForeignRevisionError(name=artifact.name, found=artifact.revision[:12], expected=commit[:12])
        expected = {artifact.name for artifact in artifacts}
        for extra in sorted(_files(kept) - expected):
            raise TamperedArtifactError(name=printable(extra), fault="it was put there by somebody else")

    def _hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None:
        try:
            _remove(into)
            into.mkdir(parents=True)
            for artifact in artifacts:
                kept = self._folder / (release_id or "")
                if not (kept / artifact.name).is_file():
                    _require_unchanged(artifact, None)
                _require_unchanged(artifact, _copy(kept, artifact.name, into))
        except OSError as error:
            raise ArtifactStorageError(reason=error.strerror) from None


def _matches(checkout: Path, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the patterns match, inside the checkout and as regular files only."""
    names: dict[str, None] = {}
    for pattern in patterns:
        found = sorted(path for path in checkout.glob(pattern) if ".git" not in path.relative_to(checkout).parts)
        if not found:
            raise NoArtifactError(pattern=pattern)
        names |= dict.fromkeys(_fit(checkout, path) for path in found)
    if len(names) > COUNT_LIMIT:
        raise UnfitArtifactError(name=f"number {COUNT_LIMIT + 1}", reason=f"there are more than {COUNT_LIMIT}")
    return tuple(names)


def _fit(checkout: Path, path: Path) -> str:
    name = path.relative_to(checkout).as_posix()
    details = path.lstat()
    if not stat.S_ISREG(details.st_mode):
        raise UnfitArtifactError(name=printable(name), reason="it is not a regular file")
    if not path.resolve().is_relative_to(checkout.resolve()):
        raise UnfitArtifactError(name=printable(name), reason="it lies outside the checkout")
    if details.st_size > SIZE_LIMIT:
        raise UnfitArtifactError(name=printable(name), reason=f"it is larger than {SIZE_LIMIT} bytes")
    return name


def _copy(source: Path, name: str, target: Path) -> str:
    """Copies one file, read-only and on the disk; the digest of the bytes that were copied."""
    digest = hashlib.sha256()
    place = target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with _opened(source / name) as reader, place.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
        executable = os.fstat(reader.fileno()).st_mode & stat.S_IXUSR
        os.fchmod(writer.fileno(), 0o555 if executable else 0o444)
    return digest.hexdigest()


def _opened(path: Path):  # type: ignore[no-untyped-def]  # a BufferedReader; the type's name is longer than the line
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _describe(folder: Path, name: str) -> Artifact:
    path = folder / name
    digest = _digest(path)
    if digest is None:
        raise TamperedArtifactError(name=printable(name), fault="it is gone")
    return Artifact(name=name, sha256=digest, size=path.stat().st_size, revision=embedded_revision(path))


def _digest(path: Path) -> str | None:
    """SHA-256 of a regular file; None where there is none."""
    try:
        with _opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def _require_unchanged(artifact: Artifact, digest: str | None) -> None:
    if digest != artifact.sha256:
        fault = "it is gone" if digest is None else f"its SHA-256 is {digest[:12]}… and not {artifact.sha256[:12]}…"
        raise TamperedArtifactError(name=printable(artifact.name), fault=fault)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in _walk(folder)}


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
