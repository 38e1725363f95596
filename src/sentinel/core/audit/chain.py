"""The audit chain: every entry carries the digest of the one before it, so that history can be proved and searched."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, item

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

INTERNAL = ("operation.step", "operation.taken", "releases.forgotten")
"""Kinds of entries that say how Sentinel works, and not what happened to a release."""
GENESIS = "0" * 64
"""What the first entry of a project names as the digest before it."""


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """What happened, before the store gives it its place in the chain. `kind` is a dotted machine name."""

    kind: str
    actor: FreeText
    summary: FreeText
    data: dict[str, JsonValue] = field(default_factory=dict)


class AuditEntry(Frozen):
    """A sealed entry: `sequence` counts from 1 in each project, `digest` covers all other fields."""

    project: str
    sequence: int
    at: AwareDatetime
    kind: str
    actor: str
    summary: str
    data: dict[str, JsonValue]
    previous: str
    digest: str


class AuditHead(Frozen):
    """The end of a project's chain, stored beside its state, so that a truncated chain is found."""

    sequence: int = 0
    digest: str = GENESIS


def seal(draft: AuditDraft, *, project: str, head: AuditHead, at: AwareDatetime) -> AuditEntry:
    """The entry that follows `head`."""
    entry = AuditEntry(
        project=project,
        sequence=head.sequence + 1,
        at=at,
        kind=draft.kind,
        actor=draft.actor,
        summary=draft.summary,
        data=draft.data,
        previous=head.digest,
        digest="",
    )
    return entry.model_copy(update={"digest": entry_digest(entry)})


def entry_digest(entry: AuditEntry) -> str:
    """SHA-256 of the entry without its digest, in canonical JSON; the time to the microsecond in UTC."""
    content = entry.model_dump(mode="json", exclude={"digest", "at"})
    content["at"] = (entry.at - _EPOCH) // timedelta(microseconds=1)
    return hashlib.sha256(canonical(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first fault of the chain; `sequence` is the entry that it is found at."""

    sequence: int
    problem: FreeText


def verify_chain(entries: Iterable[AuditEntry], head: AuditHead) -> ChainFault | None:
    """None if `entries`, from the first on and in stored order, are an unbroken chain that ends in `head`."""
    reached = follow_chain(entries, AuditHead(), head)
    return reached if isinstance(reached, ChainFault) else verify_end(reached, head)


def follow_chain(
    entries: Iterable[AuditEntry], reached: AuditHead, head: AuditHead | None = None
) -> AuditHead | ChainFault:
    """How far a chain holds with `entries` after `reached`, or its fault. It must end in `head`, if that is known."""
    for entry in entries:
        if (fault := _fault(entry, reached, head)) is not None:
            return fault
        reached = AuditHead(sequence=entry.sequence, digest=entry.digest)
    return reached


def verify_end(reached: AuditHead, head: AuditHead) -> ChainFault | None:
    """Whether a chain without further entries ends where it must."""
    if reached.sequence < head.sequence:
        return ChainFault(reached.sequence + 1, f"entry {reached.sequence + 1} is missing")
    if reached != head:
        return ChainFault(reached.sequence, f"entry {reached.sequence} is not the one that was written last")
    return None


def _fault(entry: AuditEntry, previous: AuditHead, head: AuditHead | None) -> ChainFault | None:
    """Why `entry` cannot follow `previous` in a chain that ends in `head`, if that is known."""
    number, expected = entry.sequence, previous.sequence + 1
    if number > expected:
        return ChainFault(expected, f"entry {expected} is missing")
    if number < expected:
        return ChainFault(number, f"entry {number} is out of order or stands twice")
    if head is not None and number > head.sequence:
        return ChainFault(number, f"entry {number} was added after the last one that was written")
    if entry.digest != entry_digest(entry):
        return ChainFault(number, f"entry {number} was changed")
    if entry.previous != previous.digest:
        return ChainFault(number, f"entry {number} does not follow entry {previous.sequence}")
    return None


Topic = Literal["what happened", "releases", "approvals", "findings", "trust", "everything"]
TOPICS: Mapping[Topic, tuple[str, ...]] = {
    "what happened": (),
    "releases": ("transition", "production.", "releases.", "version."),
    "approvals": ("approval.", "approver."),
    "findings": ("finding.", "call."),
    "trust": ("policy.", "project.", "token."),
    "everything": (),
}
"""Each topic with the prefixes of its kinds; the first leaves out internal steps, the last nothing."""


class Sought(Frozen):
    """The topic of the wanted entries, and the words that they must all contain."""

    topic: Topic = "what happened"
    words: Annotated[FreeText, Field(max_length=200)] = ""

    def fits(self, entry: AuditEntry) -> bool:
        if not self._is_of_topic(entry.kind):
            return False
        text = f"{entry.kind} {entry.actor} {entry.summary}".casefold()
        return all(word in text for word in self.words.casefold().split())

    def _is_of_topic(self, kind: str) -> bool:
        if self.topic == "everything":
            return True
        if self.topic == "what happened":
            return not kind.startswith(INTERNAL)
        return kind.startswith(TOPICS[self.topic])


class FoundEntries(Frozen):
    """`next_before` is the sequence before which there may be more entries; None at the beginning of the history."""

    entries: tuple[AuditEntry, ...]
    next_before: int | None


STORED_KEY = "stored"
"""The key of an entry's data that has the digests."""
_NAMES = ("document", "findings")


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """The digests of what is stored beside a project's chain, whose end is `head`."""

    head: AuditHead
    document: str
    findings: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The digests before and after one transaction."""

    before: str
    after: str

    def data(self) -> JsonValue:
        return [self.before, self.after]


@dataclass(frozen=True, slots=True)
class Binding:
    """The digests after the entries so far; None if no entry names them."""

    document: str | None = None
    findings: str | None = None

    def follow(self, entry: AuditEntry) -> "Binding | ChainFault":
        named = entry.data.get(STORED_KEY)
        if not isinstance(named, dict):
            return Binding(findings=self.findings)
        now = self
        for name in _NAMES:
            moved = named.get(name)
            if isinstance(moved, list) and len(moved) == 2:
                before, after = map(str, moved)
                known: str | None = getattr(self, name)
                if known not in (None, before):
                    return ChainFault(entry.sequence, _sentence(name, f"before entry {entry.sequence} was written"))
                now = replace(now, **{name: after})
        return now

    def end(self, stored: Stored) -> ChainFault | None:
        """The fault if what is stored now differs from what the last entries left."""
        for name in _NAMES:
            if getattr(self, name) not in (None, getattr(stored, name)):
                return ChainFault(stored.head.sequence, _sentence(name, "since the last entry"))
        return None


def follow_bindings(entries: Iterable[AuditEntry], reached: Binding, project: str) -> Binding | ChainFault:
    """The same for several entries, all of which must belong to `project`."""
    for entry in entries:
        if entry.project != project:
            return ChainFault(entry.sequence, f"entry {entry.sequence} belongs to another project")
        found = reached.follow(entry)
        if isinstance(found, ChainFault):
            return found
        reached = found
    return reached


def _sentence(name: str, when: str) -> str:
    what = "the stored state of the project was" if name == "document" else "a finding was"
    return f"{what} changed without an entry of the history, {when}"


def entry_lines(entry: AuditEntry, screen: Screen) -> Iterator[str]:
    """An audit entry, on one line where the screen is wide enough."""
    said = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {printable(entry.actor)}: {printable(entry.summary)}"
    yield from item(screen, said, mark=f"{entry.sequence:>6}  ")
