"""Looking for entries of the history: by what they are about, and by words in them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

Topic = Literal["what happened", "releases", "approvals", "findings", "trust", "everything"]
TOPICS: Mapping[Topic, tuple[str, ...]] = {
    "what happened": (),
    "releases": ("transition", "production.", "releases.", "version."),
    "approvals": ("approval.", "approver."),
    "findings": ("finding.", "call."),
    "trust": ("policy.", "project.", "token."),
    "everything": (),
}
"""Each topic with the beginnings of its kinds; the first leaves out internal steps, the last nothing."""
INTERNAL = ("operation.step", "operation.taken")


class Sought(Frozen):
    """What entries must be about, and the words that must all stand in them."""

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
    """`next_before` is the sequence before which there may be more; None at the beginning of the history."""

    entries: tuple[AuditEntry, ...]
    next_before: int | None
