"""Kept artifacts and the folders of operations, without bytes: a digest stands for its file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sentinel.core.policy.pinning import Script
from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.core.release.retention import Checkouts, Retention
from sentinel.core.release.script import CommandUser
from sentinel.errors.command import NoArtifactError, TamperedArtifactError
from tests.histories.disk import DaemonProcess
from tests.histories.outside import Outside


@dataclass(frozen=True, slots=True)
class FakeArtifacts:
    outside: Outside
    process: DaemonProcess

    async def collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]:
        await self.process.let_others_run()
        if self.outside.happens(self.outside.odds.build):
            raise NoArtifactError(pattern=patterns[0])
        commit = self.outside.checkouts[checkout]
        digest = hashlib.sha256(f"{release_id} {commit}".encode()).hexdigest()
        self.outside.kept.setdefault(release_id, {})["out/app"] = digest
        return (Artifact(name="out/app", sha256=digest, size=10, revision=commit),)

    async def named_commits(
        self, release_id: str, artifacts: tuple[Artifact, ...]
    ) -> dict[str, tuple[NamedCommit, ...]]:
        await self.process.let_others_run()
        assert release_id in self.outside.kept
        named = ((artifact.name, artifact.revision) for artifact in artifacts)
        return {name: (NamedCommit(commit=commit, place="app"),) for name, commit in named if commit is not None}

    async def verify(self, release_id: str, artifacts: tuple[Artifact, ...], *, commit: str) -> None:
        await self.process.let_others_run()
        self._require(release_id, artifacts)
        assert all(artifact.revision == commit for artifact in artifacts)
        self.outside.see("artifacts verified", release_id)

    async def hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None:
        await self.process.let_others_run()
        self._require(release_id or "", artifacts)
        self.outside.see("artifacts handed out", str(into), *(artifact.sha256 for artifact in artifacts))

    async def remove(self, release_id: str) -> None:
        await self.process.let_others_run()
        self.outside.kept.pop(release_id, None)

    def _require(self, release_id: str, artifacts: tuple[Artifact, ...]) -> None:
        """Raises TamperedArtifactError."""
        kept = self.outside.kept.get(release_id, {})
        for artifact in artifacts:
            if kept.get(artifact.name) != artifact.sha256:
                raise TamperedArtifactError(name=artifact.name, fault="its bytes are others")


@dataclass(slots=True)
class FakeWorkspace:
    folder: Path
    outside: Outside

    async def hand_over(self, checkout: Path, user: CommandUser) -> None:
        """There is no other user."""

    async def lay_over(self, checkout: Path, _scripts: Sequence[Script], *, replacing: bool) -> None:
        """There are no files; but a checkout in which something is to run must be there still."""
        if checkout not in self.outside.checkouts:
            self.outside.find(f"a script was to run in {checkout}, which is gone ({replacing=})")

    async def take_back(self, checkout: Path, user: CommandUser) -> None:
        """There is no other user."""

    async def holds(self, project: str, checkout: str) -> bool:
        return self.folder / project / checkout in self.outside.checkouts

    async def drop_checkouts(self, project: str, kept: Checkouts) -> None:
        for checkout in list(self.outside.checkouts):
            operation, name = checkout.parts[-2:]
            if checkout.is_relative_to(self.folder / project) and not kept.keeps(operation, name):
                del self.outside.checkouts[checkout]

    async def outdated(self, _project: str, _retention: Retention, _now: datetime) -> tuple[str, ...]:
        """There are no folders."""
        return ()

    async def remove(self, _project: str, _operations: Sequence[str]) -> None:
        """There is nothing to remove."""

    async def empty(self, _project: str, _operations: Sequence[str]) -> None:
        """There is nothing to remove."""


class FakeReserve:
    def release(self) -> None:
        """The disk has room enough."""

    def restore(self) -> None:
        """The disk has room enough."""
