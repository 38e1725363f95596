"""The audit chain: one that nobody touched holds, and whatever was done to it is found and named (design 4)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.audit import (
    GENESIS,
    AuditDraft,
    AuditEntry,
    AuditHead,
    ChainFault,
    canonical,
    entry_digest,
    seal,
    verify_chain,
)
from tests.core.projects import NOON

PROJECT = "shop-7f3a"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
DRAFTS = st.builds(AuditDraft, kind=TEXT, actor=TEXT, summary=TEXT, data=st.dictionaries(TEXT, JSON, max_size=3))
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
HISTORIES = st.lists(st.tuples(DRAFTS, TIMES), min_size=1, max_size=6)

History = list[tuple[AuditDraft, datetime]]
Chain = tuple[list[AuditEntry], AuditHead]


def chained(history: Sequence[tuple[AuditDraft, datetime]], head: AuditHead | None = None) -> Chain:
    """The entries of `history`, sealed one after the other from `head` on, and their end."""
    entries, end = [], head or AuditHead()
    for draft, at in history:
        entries.append(seal(draft, project=PROJECT, head=end, at=at))
        end = AuditHead(sequence=entries[-1].sequence, digest=entries[-1].digest)
    return entries, end


def sample(length: int = 4) -> Chain:
    drafts = [AuditDraft(f"test.step{number}", "person:ada", f"step {number}") for number in range(length)]
    return chained([(draft, NOON) for draft in drafts])


def changed(entry: AuditEntry, **fields: object) -> AuditEntry:
    return entry.model_copy(update=fields)


@given(HISTORIES)
def test_a_chain_that_nobody_touched_holds(history: History) -> None:
    entries, head = chained(history)
    assert verify_chain(entries, head) is None
    assert [entry.sequence for entry in entries] == list(range(1, len(history) + 1))


@given(HISTORIES)
def test_it_holds_after_it_was_stored_and_read_back(history: History) -> None:
    entries, head = chained(history)
    stored = [AuditEntry.model_validate_json(entry.model_dump_json()) for entry in entries]
    assert verify_chain(stored, head) is None


def test_an_empty_chain_holds() -> None:
    assert verify_chain([], AuditHead()) is None


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


@given(st.integers(0, 10**15), st.sampled_from([-1, 1]))
def test_a_microsecond_is_a_change(microseconds: int, step: int) -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    entry = seal(AuditDraft("test", "person:ada", "x"), project=PROJECT, head=AuditHead(), at=at)
    assert entry_digest(changed(entry, at=at + timedelta(microseconds=step))) != entry.digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"n": 1}, {"n": True}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": "1"}, {"n": 1}),
        ({"n": None}, {}),
        ({"n": []}, {"n": {}}),
    ],
    ids=repr,
)
def test_values_that_python_takes_for_equal_are_a_change(before: dict[str, object], after: dict[str, object]) -> None:
    entries, head = chained([(AuditDraft("test", "person:ada", "x", before), NOON)])  # type: ignore[arg-type]
    fault = verify_chain([changed(entries[0], data=after)], head)
    assert fault == ChainFault(1, "entry 1 was changed")


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


@given(history=st.lists(st.tuples(DRAFTS, TIMES), min_size=2, max_size=6), data=st.data())
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
    tail, _ = chained([(AuditDraft("test.step3", "person:ada", "step 3"), NOON)], AuditHead(**_end_of(entries[1])))
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


def test_the_time_zone_in_which_an_entry_is_read_changes_nothing() -> None:
    entries, head = sample(1)
    elsewhere = changed(entries[0], at=datetime.fromisoformat("2030-05-01T14:00:00+02:00"))
    assert verify_chain([elsewhere], head) is None


def test_the_digest_of_a_known_entry_stays_what_it_is_so_that_old_histories_can_be_verified() -> None:
    draft = AuditDraft("release.tagged", "person:ada", "v1.2.0 é", {"b": [1, 2.5, None], "a": {"z": True, "y": "\n"}})
    entry = seal(draft, project=PROJECT, head=AuditHead(), at=NOON + timedelta(microseconds=1))
    assert entry.digest == "?"


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)  # type: ignore[arg-type]
    assert canonical(value).isascii()  # type: ignore[arg-type]


def _end_of(entry: AuditEntry) -> dict[str, object]:
    return {"sequence": entry.sequence, "digest": entry.digest}
