"""Which release tags go into a bundle: those of accepted releases, and every one that speaks against the history."""

from collections.abc import Sequence

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.proof.checkpoint import Witness, contradiction, read_note
from sentinel.core.proof.release_proof import Accepted
from sentinel.core.proof.tag_object import TagObject
from sentinel.errors.history import BrokenNoteError


class ExportedTags:
    """Sentinel's own tags, chosen from once it has taken every entry that is exported, in their order."""

    def __init__(self, tags: Sequence[TagObject]) -> None:
        self._tags = {tag: _witness(tag) for tag in tags}
        self._sizes = {one.checkpoint.size for one in self._tags.values() if one is not None}
        self._digests: dict[int, str] = {}
        self._accepted: dict[str, Accepted] = {}
        self._lost: set[str] = set()
        self._end = 0

    def take(self, entry: AuditEntry) -> None:
        """Raises UnprovenBundleError where it accepts a release, and does not say which."""
        self._end = entry.sequence
        if entry.sequence in self._sizes:
            self._digests[entry.sequence] = entry.digest
        lost = entry.data.get("lost_tags")
        self._lost |= {str(digest) for digest in lost} if isinstance(lost, list) else set()
        if (release := Accepted.of(entry)) is not None:
            self._accepted[release.tag] = release

    def chosen(self) -> tuple[TagObject, ...]:
        """A tag of no release that agrees is what a candidate in the making, or one that was given up, has left.

        What an entry says of a history that is lost, by a person's word, is said there and by no tag.
        """
        tags = {tag: witness for tag, witness in self._tags.items() if tag.digest not in self._lost}
        return tuple(tag for tag, witness in tags.items() if self._is_of_release(tag) or self._contradicted_by(witness))

    def _is_of_release(self, tag: TagObject) -> bool:
        return tag.name in self._accepted and self._accepted[tag.name].names(tag)

    def _contradicted_by(self, witness: Witness | None) -> bool:
        return witness is not None and contradiction([witness], self._digests, self._end) is not None


def _witness(tag: TagObject) -> Witness | None:
    """What the tag says of the history, whoever signed that; None where it says nothing."""
    try:
        return Witness(tag.name, read_note(tag.note).checkpoint) if tag.note is not None else None
    except BrokenNoteError:
        return None
