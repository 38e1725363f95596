"""Whatever is done to an audit chain is found, and the entry that it was done to is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.audit.chain import (
    GENESIS,
    AuditDraft,
    AuditEntry,
    AuditHead,
    ChainFault,
    entry_digest,
    verify_chain,
)
from tests.core.chains import HISTORIES, JSON, TEXT, TIMES, History, chained, changed, histories, sample
from tests.core.projects import NOON

CHANGES: dict[str, st.SearchStrategy[object]] = {
    "project": TEXT,
    "at": TIMES,
    "kind": TEXT,
    "actor": TEXT,
    "summary": TEXT,
    "data": st.dictionaries(TEXT, JSON, max_size=3),
    "digest": st.text("0123456789abcdef", min_size=64, max_size=64),
    "previous": st.text("0123456789abcdef", min_size=64, max_size=64),
}


def test_every_field_but_the_sequence_is_changed_below() -> None:
    assert {*CHANGES, "sequence"} == set(AuditEntry.model_fields)


@pytest.mark.parametrize("field", CHANGES)
@given(history=HISTORIES, data=st.data())
def test_a_changed_field_of_any_entry_is_found_and_the_entry_named(
    field: str, history: History, data: st.DataObject
) -> None:
    entries, head = chained(history)
    index = data.draw(st.integers(0, len(entries) - 1))
    old = getattr(entries[index], field)
    entries[index] = changed(entries[index], **{field: data.draw(CHANGES[field].filter(lambda new: new != old))})
    assert verify_chain(entries, head) == ChainFault(index + 1, f"entry {index + 1} was changed")


@given(history=HISTORIES, data=st.data())
def test_a_changed_sequence_is_found(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    index = data.draw(st.integers(0, len(entries) - 1))
    claimed = data.draw(st.integers(-2, 10).filter(lambda number: number != index + 1))
    entries[index] = changed(entries[index], sequence=claimed)
    fault = verify_chain(entries, head)
    assert fault is not None
    assert fault.sequence == min(claimed, index + 1)


@given(history=HISTORIES, data=st.data())
def test_a_missing_entry_is_named_wherever_it_stood(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    index = data.draw(st.integers(0, len(entries) - 1))
    del entries[index]
    assert verify_chain(entries, head) == ChainFault(index + 1, f"entry {index + 1} is missing")


def test_of_many_that_are_missing_the_first_is_named() -> None:
    entries, head = sample(5)
    assert verify_chain(entries[:2], head) == ChainFault(3, "entry 3 is missing")
    assert verify_chain([entries[0], entries[4]], head) == ChainFault(2, "entry 2 is missing")
    assert verify_chain([], head) == ChainFault(1, "entry 1 is missing")


@given(history=histories(min_size=2), data=st.data())
def test_two_entries_in_each_others_place_are_found_at_the_first(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    first = data.draw(st.integers(0, len(entries) - 2))
    second = data.draw(st.integers(first + 1, len(entries) - 1))
    entries[first], entries[second] = entries[second], entries[first]
    assert verify_chain(entries, head) == ChainFault(first + 1, f"entry {first + 1} is missing")


def test_two_entries_that_also_took_each_others_number_are_found_at_the_first() -> None:
    entries, head = sample()
    entries[1], entries[2] = changed(entries[2], sequence=2), changed(entries[1], sequence=3)
    assert verify_chain(entries, head) == ChainFault(2, "entry 2 was changed")


@given(history=HISTORIES, data=st.data())
def test_an_entry_that_stands_twice_is_named(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    index = data.draw(st.integers(0, len(entries) - 1))
    place = data.draw(st.integers(index + 1, len(entries)))
    entries.insert(place, entries[index])
    expected = ChainFault(index + 1, f"entry {index + 1} is out of order or stands twice")
    assert verify_chain(entries, head) == expected


@given(history=HISTORIES, data=st.data())
def test_a_tail_that_was_sealed_again_does_not_end_in_the_head(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    index = data.draw(st.integers(0, len(entries) - 1))
    before = AuditHead(sequence=index, digest=entries[index - 1].digest if index else GENESIS)
    forged = AuditDraft("test.forged", "person:mallory", history[index][0].summary + "!")
    tail, _ = chained([(forged, history[index][1]), *history[index + 1 :]], before)
    last = len(entries)
    expected = ChainFault(last, f"entry {last} is not the one that was written last")
    assert verify_chain([*entries[:index], *tail], head) == expected


def test_a_tail_that_was_sealed_again_without_an_entry_is_too_short() -> None:
    entries, head = sample()
    tail, _ = chained(
        [(AuditDraft("test.step3", "person:ada", "step 3"), NOON)], AuditHead(sequence=2, digest=entries[1].digest)
    )
    assert verify_chain([*entries[:2], *tail], head) == ChainFault(4, "entry 4 is missing")


def test_an_entry_after_the_last_one_is_named() -> None:
    entries, head = sample(3)
    more, _ = chained([(AuditDraft("test.late", "person:mallory", "late"), NOON)] * 2, head)
    expected = ChainFault(4, "entry 4 was added after the last one that was written")
    assert verify_chain([*entries, *more], head) == expected


def test_an_entry_whose_seal_was_made_anew_does_not_fit_what_follows() -> None:
    entries, head = sample()
    forged = changed(entries[1], summary="nothing happened")
    entries[1] = changed(forged, digest=entry_digest(forged))
    assert verify_chain(entries, head) == ChainFault(3, "entry 3 does not follow entry 2")


def test_an_entry_of_another_chain_does_not_fit() -> None:
    entries, head = sample()
    other, _ = chained([(AuditDraft("test", "person:eve", str(number)), NOON) for number in range(4)])
    entries[2] = other[2]
    assert verify_chain(entries, head) == ChainFault(3, "entry 3 does not follow entry 2")


def test_a_head_that_was_changed_is_found() -> None:
    entries, head = sample()
    fault = verify_chain(entries, head.model_copy(update={"digest": GENESIS}))
    assert fault == ChainFault(4, "entry 4 is not the one that was written last")
    assert verify_chain([], AuditHead(digest="f" * 64)) is not None


def test_the_first_fault_is_the_one_that_is_named() -> None:
    entries, head = sample(5)
    entries[1], entries[3] = changed(entries[1], actor="x"), changed(entries[3], actor="x")
    assert verify_chain(entries, head) == ChainFault(2, "entry 2 was changed")
