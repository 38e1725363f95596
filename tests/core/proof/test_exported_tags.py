"""The tags of a bundle: what speaks against the history is not left behind."""

import pytest

from sentinel.core.proof.checkpoint import Checkpoint, TagObject
from sentinel.core.proof.release_proof import ExportedTags
from tests.core.chains import sample
from tests.core.notes import NAME, TestKey


def tag(size: int, digest: str) -> TagObject:
    note = TestKey().note(Checkpoint(NAME, size, digest))
    return TagObject("v0.1.0", b"object %s\ntag v0.1.0\n\nv0.1.0\n\n%s" % (b"c" * 40, note.encode()))


def chosen(*tags: TagObject) -> tuple[TagObject, ...]:
    entries, _ = sample(4)
    found = ExportedTags(tags)
    for entry in entries:
        found.take(entry)
    return found.chosen()


def test_a_tag_of_no_release_that_agrees_is_left_behind() -> None:
    entries, _ = sample(4)
    assert chosen(tag(2, entries[1].digest), TagObject("v0.1.0", b"tag v0.1.0\n\nNo note\n")) == ()


@pytest.mark.parametrize("size", [2, 4, 5])
def test_a_tag_that_speaks_against_the_history_is_taken_along(size: int) -> None:
    against = tag(size, "0" * 64)
    assert chosen(against) == (against,)
