"""What is stored beside the chain is bound to it: an entry names the digests of the document and of the findings.

It names them as they were when its transaction began, and as it left them: an edit in between is found for ever, and
not only until the next entry. Entries of earlier versions name none.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import JsonValue

from sentinel.core.audit.chain import AuditEntry, AuditHead, ChainFault

KEY = "stored"
"""Under which an entry's data has the digests."""
_NAMES = ("document", "findings")


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """The digests of what is stored of a project beside its chain; `head` is the end of that."""

    head: AuditHead
    document: str
    findings: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What one transaction found, and what it left."""

    before: str
    after: str

    def data(self) -> JsonValue:
        return [self.before, self.after]


@dataclass(frozen=True, slots=True)
class Binding:
    """What the entries so far have left; None where none has said so."""

    document: str | None = None
    findings: str | None = None

    def follow(self, entry: AuditEntry) -> "Binding | ChainFault":
        named = entry.data.get(KEY)
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
        """Whether what is stored now is what the last entries have left."""
        for name in _NAMES:
            if getattr(self, name) not in (None, getattr(stored, name)):
                return ChainFault(stored.head.sequence, _sentence(name, "since the last entry"))
        return None


def follow_bindings(entries: Iterable[AuditEntry], reached: Binding, project: str) -> Binding | ChainFault:
    """The same of several entries, all of which must be of `project`."""
    for entry in entries:
        if entry.project != project:
            return ChainFault(entry.sequence, f"entry {entry.sequence} is of another project")
        found = reached.follow(entry)
        if isinstance(found, ChainFault):
            return found
        reached = found
    return reached


def _sentence(name: str, when: str) -> str:
    what = "the stored state of the project was" if name == "document" else "a finding was"
    return f"{what} changed past the history {when}"
