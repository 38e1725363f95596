"""The audit chain: one that nobody touched holds, and its digests cover every field."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from sentinel.core.audit.chain import (
    AuditDraft,
    AuditEntry,
    AuditHead,
    ChainFault,
    entry_digest,
    follow_chain,
    seal,
    verify_chain,
    verify_end,
)
from sentinel.core.values.frozen import canonical
from tests.core.chains import HISTORIES, JSON, PROJECT, TEXT, History, chained, changed, sample
from tests.core.projects import NOON


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


@given(HISTORIES, st.data())
def test_it_can_be_followed_in_parts(history: History, data: st.DataObject) -> None:
    entries, head = chained(history)
    cut = data.draw(st.integers(0, len(entries)))
    reached = follow_chain(entries[:cut], AuditHead(), head)
    assert isinstance(reached, AuditHead)
    assert reached.sequence == cut
    assert follow_chain(entries[cut:], reached, head) == head
    assert verify_end(reached, head) == (
        None if cut == len(entries) else ChainFault(cut + 1, f"entry {cut + 1} is missing")
    )


def test_an_empty_chain_holds() -> None:
    assert verify_chain([], AuditHead()) is None


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
def test_values_that_are_easily_taken_for_each_other_are_a_change(before: JsonValue, after: JsonValue) -> None:
    entries, head = chained([(AuditDraft("test", "person:ada", "x", {"n": before}), NOON)])
    fault = verify_chain([changed(entries[0], data={"n": after})], head)
    assert fault == ChainFault(1, "entry 1 was changed")


def test_the_time_zone_in_which_an_entry_is_read_changes_nothing() -> None:
    entries, head = sample(1)
    elsewhere = changed(entries[0], at=datetime.fromisoformat("2030-05-01T14:00:00+02:00"))
    assert verify_chain([elsewhere], head) is None


def test_the_digest_of_a_known_entry_stays_what_it_is_so_that_old_histories_can_be_verified() -> None:
    draft = AuditDraft("release.tagged", "person:ada", "v1.2.0 é", {"b": [1, 2.5, None], "a": {"z": True, "y": "\n"}})
    entry = seal(draft, project=PROJECT, head=AuditHead(), at=NOON + timedelta(microseconds=1))
    assert entry.digest == "0aff171a0404ee049a942177b967385f19bdda459e40f18ceb50b553a30b92ff"


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, JsonValue]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)
    assert canonical(value).isascii()
