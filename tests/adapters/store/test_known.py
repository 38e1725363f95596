"""What a store remembers of a project is never older than what was committed."""

from sentinel.adapters.store.store import KEPT, KnownSnapshots
from sentinel.core.release.change import Snapshot
from tests.adapters.store.documents import shop


def test_a_reader_that_was_overtaken_puts_nothing_older_back() -> None:
    known, turn = KnownSnapshots(), 0
    known.written("second", Snapshot(shop(), 2))
    known.read("first", Snapshot(shop(), 1), turn=turn)
    assert known.newest("shop") == Snapshot(shop(), 2)


def test_nor_does_it_where_a_later_writer_does_not_know_what_became_of_its_commit() -> None:
    known, turn = KnownSnapshots(), 0
    known.written("second", Snapshot(shop(), 2))
    known.forget("shop")
    known.read("first", Snapshot(shop(), 1), turn=turn)
    assert known.newest("shop") is None
    known.read("second", Snapshot(shop(), 2), turn=known.turn)
    assert known.at("shop", "second") == Snapshot(shop(), 2)


def test_what_was_committed_is_the_newest_whatever_was_read() -> None:
    """Even a revision that was read and never came to be, as of a transaction that was rolled back."""
    known = KnownSnapshots()
    known.read("never", Snapshot(shop(), 3), turn=known.turn)
    known.written("third", Snapshot(shop(), 3))
    assert known.at("shop", "third") == Snapshot(shop(), 3)


def test_those_that_were_asked_for_last_are_remembered() -> None:
    known = KnownSnapshots()
    for number in range(KEPT):
        known.written("digest", Snapshot(shop(f"shop-{number}"), 1))
    assert known.newest("shop-0") is not None
    known.written("digest", Snapshot(shop("one-more"), 1))
    assert (known.newest("shop-0") is None, known.newest("shop-1")) == (False, None)


def test_a_snapshot_is_known_by_its_digest_and_not_by_its_number() -> None:
    known = KnownSnapshots()
    known.written("second", Snapshot(shop(), 2))
    assert (known.at("shop", "another"), known.at("shop", None)) == (None, None)
    assert known.at("shop", "second") == Snapshot(shop(), 2)
