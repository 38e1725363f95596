"""One project's git as a list of commits and two sets of tags: the mirror's and the remote's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sentinel.adapters.calendar_events import Period, read_events
from sentinel.adapters.calendar_process import AHEAD, BEHIND
from sentinel.core.candidate import changelog_sources
from sentinel.core.candidate.commit_files import Difference, Ignored
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.policy.model import Policy
from sentinel.core.policy.windows import Span, Windows
from sentinel.core.proof.checkpoint import TagObject
from sentinel.core.release.contents import Changes, Comparison, ReleaseCommit
from sentinel.core.release.model import Origin
from sentinel.core.values.git import BranchCleanup, Refs
from sentinel.errors.git import (
    MovedTagError,
    PushFailedError,
    PushRefusedError,
    PushWouldFailError,
    RemoteUnreachableError,
    TagMissingError,
    UnknownRevisionError,
)
from tests.histories.disk import DaemonProcess
from tests.histories.outside import Commit, Outside


@dataclass(frozen=True, slots=True)
class FakeRepository:
    """What one daemon sees of it."""

    outside: Outside
    process: DaemonProcess

    async def head(self, *, remote: bool = True) -> str:
        await self.process.let_others_run()
        if remote and self.outside.happens(self.outside.odds.fetch):
            raise RemoteUnreachableError(remote="origin", detail="no route")
        for tag, named in self.outside.remote_tags.items():
            self.outside.tags.setdefault(tag, named)
        return self.outside.commits[-1].id

    async def addresses(self) -> tuple[str, ...]:
        return ()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["FakeReader"]:
        yield FakeReader(self)

    async def uncommitted(self, _commit: str) -> tuple[Difference, ...]:
        return tuple(Difference(path=path, how="new") for path in self.outside.dirty)

    async def left_by(self, _checkout: Path, _commit: str) -> tuple[Difference, ...]:
        """The working copy alone may be dirty."""
        return ()

    async def tag_names(self, commit: str) -> TagNames:
        await self.process.let_others_run()
        ids = [one.id for one in self.outside.commits]
        reachable = {*ids[: ids.index(commit) + 1], commit} if commit in ids else {commit}
        contained = frozenset(tag for tag, (named, _) in self.outside.tags.items() if named in reachable)
        every = frozenset(self.outside.tags)
        return TagNames(contained, every - contained, own=every - frozenset(self.outside.remote_tags))

    async def try_key(self) -> None:
        await self.process.let_others_run()

    async def require_key_until(self, moment: datetime) -> None:
        assert moment.tzinfo is not None

    async def has_commit(self, commit: str) -> bool:
        return any(one.id == commit for one in self.outside.commits)

    async def commit_of_tag(self, tag: str) -> str | None:
        return self.outside.tags[tag][0] if tag in self.outside.tags else None

    async def commits(self, _base: str | None, _commit: str) -> tuple[changelog_sources.Commit, ...]:
        """Every changelog here is a file."""
        return ()

    async def files_in(self, _commit: str, _folder: str) -> tuple[str, ...]:
        return ()

    async def compare(self, base: str | None, commit: str) -> Comparison:
        return Comparison(total=Changes(files=len(base or ""), insertions=len(commit), deletions=1))

    async def log(self, _base: str | None, commit: str) -> tuple[ReleaseCommit, ...]:
        return (ReleaseCommit(id=commit, author="Ada", subject="Change it"),)

    async def checkout(self, commit: str, into: Path) -> None:
        await self.process.let_others_run()
        self.outside.checkouts[into] = self.commit(commit).id

    async def sign_tag(self, tag: str, commit: str, message: str) -> str:
        await self.process.let_others_run()
        assert commit in message
        self.outside.tags[tag] = (commit, f"object-{self.outside.new_id()}")
        return self.outside.tags[tag][1]

    async def verify_tag(self, tag: str, commit: str, tag_object: str, _refs: Refs | None = None) -> None:
        await self.process.let_others_run()
        if tag not in self.outside.tags:
            raise TagMissingError(tag=tag)
        if self.outside.tags[tag] != (commit, tag_object):
            raise MovedTagError(tag=tag)
        self.outside.see("tag verified", tag, commit, tag_object)

    async def delete_tag(self, tag: str) -> None:
        await self.process.let_others_run()
        if tag not in self.outside.remote_tags:
            self.outside.tags.pop(tag, None)

    async def remote_tag_objects(self, tag: str, _refs: Refs | None = None) -> frozenset[str]:
        await self.process.let_others_run()
        there = self.outside.remote_tags.get(tag)
        return frozenset({there[1]} if there is not None else ())

    async def push_tag(self, tag: str, _tag_object: str) -> None:
        await self.process.let_others_run()
        outside = self.outside
        if tag not in outside.tags:
            raise UnknownRevisionError(name=tag)
        refused = outside.happens(outside.odds.push)
        if outside.remote_tags.get(tag, outside.tags[tag]) != outside.tags[tag]:
            raise PushFailedError(tag=tag, remote="origin", detail="already exists")
        if refused and outside.happens(0.5):
            raise PushRefusedError(tag=tag, remote="origin", detail="refused")
        outside.remote_tags[tag] = outside.tags[tag]
        outside.see("tag pushed", tag)
        await self.process.let_others_run()
        if refused:
            raise PushRefusedError(tag=tag, remote="origin", detail="the connection broke after it")

    async def try_push(self, tag: str, commit: str | None = None) -> None:
        """What its hooks say is not known before."""
        await self.process.let_others_run()
        ours = self.outside.tags.get(tag)
        if commit is None and self.outside.remote_tags.get(tag, ours) != ours:
            raise PushWouldFailError(tag=tag, remote="origin", detail="already exists")

    async def refs_with(self, commit: str) -> Refs | None:
        await self.process.let_others_run()
        return Refs() if commit in [one.id for one in self.outside.commits] else None

    async def clean_up(self, released: str) -> BranchCleanup:
        await self.process.let_others_run()
        if self.outside.happens(self.outside.odds.fetch):
            raise RemoteUnreachableError(remote="origin", detail="no route")
        return BranchCleanup(deleted=(f"feature/{released[-4:]}",))

    async def tag_objects(self, _refs: Refs | None = None) -> tuple[TagObject, ...]:
        return ()

    async def public_files(self) -> dict[str, str]:
        return {}

    async def public_key(self) -> Path:
        return self.outside.root / "key.pub"

    def commit(self, revision: str) -> Commit:
        """Raises UnknownRevisionError."""
        commit = self.outside.at(revision)
        if commit is None:
            raise UnknownRevisionError(name=revision)
        return commit


class FakeFiles:
    def __init__(self, repository: FakeRepository, commit: Commit) -> None:
        self.commit = commit.id
        self.tree = f"tree-{commit.id}"
        self._repository = repository
        self._files = commit.files

    async def read(self, path: str) -> bytes | None:
        await self._repository.process.let_others_run()
        return self._files.get(path)

    async def is_executable(self, path: str) -> bool:
        return path in self._files

    async def linked_folder(self, _path: str) -> str | None:
        return None

    async def paths(self) -> tuple[str, ...]:
        return tuple(self._files)

    async def paths_in(self, _folder: str) -> tuple[str, ...]:
        return ()

    async def other_case(self, path: str) -> str | None:
        return next((one for one in self._files if one.casefold() == path.casefold()), None)

    async def content_digest(self, _ignored: Ignored) -> str:
        return f"content-{self.commit}"


class FakeReader:
    def __init__(self, repository: FakeRepository) -> None:
        self._repository = repository

    async def at(self, revision: str) -> FakeFiles:
        return FakeFiles(self._repository, self._repository.commit(revision))


class FakeCalendars:
    """Read in place: there are no other processes here."""

    async def spans(self, windows: Windows, file: bytes, now: datetime) -> tuple[Span, ...]:
        read = read_events(file, Period(now - BEHIND, now + AHEAD, windows.zone))
        return tuple(Span(start=start, end=end, reason=reason) for start, end, reason in read)


class FakePolicies:
    async def at(self, _origin: Origin) -> Policy:
        raise AssertionError("no project here comes from a remote")
