"""What is changed behind our back is found, and named."""

import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.findings import Resolution
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.errors.store import DamagedStoreError
from tests.adapters.store import raw
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import NOON, fault_of, finding, named, rename, summaries


@pytest.fixture
async def url(store: SqlStore, store_url: str) -> str:
    """A store with five entries, and nobody who works on it."""
    for name in ("two", "three", "four", "five"):
        await rename(store, name)
    await store.close()
    return store_url


TAMPERING = {
    "an edited text": (
        "UPDATE audit SET entry = replace(entry, 'three', 'THREE') WHERE sequence = 3",
        "entry 3 was changed",
    ),
    "an edited number": (
        "UPDATE audit SET entry = replace(entry, 'e\":3', 'e\":4') WHERE sequence = 3",
        "entry 3 is missing",
    ),
    "garbage": ("UPDATE audit SET entry = 'garbage' WHERE sequence = 3", "entry 3 was changed"),
    "nothing at all": ("UPDATE audit SET entry = '' WHERE sequence = 3", "entry 3 was changed"),
    "a deleted one": ("DELETE FROM audit WHERE sequence = 3", "entry 3 is missing"),
    "a deleted first": ("DELETE FROM audit WHERE sequence = 1", "entry 1 is missing"),
    "a deleted last": ("DELETE FROM audit WHERE sequence = 5", "entry 5 is missing"),
    "all deleted": ("DELETE FROM audit", "entry 1 is missing"),
    "exchanged places": (
        "UPDATE audit SET sequence = 7 - sequence WHERE sequence IN (3, 4)",
        "entry 3 is missing",
    ),
    "one twice": (
        "INSERT INTO audit (project, sequence, entry) SELECT project, 3, entry FROM audit WHERE sequence = 3",
        "entry 3 is out of order or stands twice",
    ),
    "one behind the last": (
        "INSERT INTO audit (project, sequence, entry)"
        " SELECT project, 9, replace(entry, 'e\":5', 'e\":6') FROM audit WHERE sequence = 5",
        "entry 6 was added after the last one that was written",
    ),
    "a head put back": (
        "UPDATE projects SET audit_sequence = 4",
        "entry 5 was added after the last one that was written",
    ),
    "another head": (
        "UPDATE projects SET audit_digest = 'x'",
        "entry 5 is not the one that was written last",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING)
async def test_a_changed_history_is_named(url: str, opened: Opening, tampering: str) -> None:
    statement, problem = TAMPERING[tampering]
    raw.execute(url, statement)
    assert await fault_of(await opened(url)) == problem


async def test_two_swapped_entries_are_named(url: str, opened: Opening) -> None:
    texts = dict(raw.execute(url, "SELECT sequence, entry FROM audit"))
    for sequence, other in ((3, 4), (4, 3)):
        raw.execute(url, "UPDATE audit SET entry = :entry WHERE sequence = :at", entry=texts[other], at=sequence)
    assert await fault_of(await opened(url)) == "entry 3 is missing"


async def test_an_untouched_history_holds(url: str, opened: Opening) -> None:
    assert await fault_of(await opened(url)) is None


async def test_an_entry_that_was_slipped_in_does_not_stop_the_next_one(url: str, opened: Opening) -> None:
    """It stays visible beside the one that was written."""
    raw.execute(url, "INSERT INTO audit (project, sequence, entry) VALUES ('shop', 6, 'slipped in')")
    store = await opened(url)
    await rename(store, "six")
    assert await summaries(store) == [
        "shop registered",
        "two",
        "three",
        "four",
        "five",
        "the stored text is no entry",
        "six",
    ]
    assert await fault_of(store) == "entry 6 was changed"


async def test_a_long_history_is_read_in_its_order_and_only_once(store: SqlStore) -> None:
    names = [f"{number}" for number in range(2 * AUDIT_PAGE + 10)]
    for part in (names[: AUDIT_PAGE + 5], names[AUDIT_PAGE + 5 :]):
        async with store.transaction("shop") as tx:
            for name in part:
                tx.apply(named(tx.project, name))
    assert await summaries(store) == ["shop registered", *names]
    assert await fault_of(store) is None


@pytest.mark.parametrize("document", ["garbage", '{"id": "shop"}'])
async def test_a_document_that_is_none_any_more_is_a_damaged_store(url: str, opened: Opening, document: str) -> None:
    raw.execute(url, "UPDATE projects SET document = :document, revision = revision + 1", document=document)
    store = await opened(url)
    with pytest.raises(DamagedStoreError, match="the document of project shop is not what was stored"):
        await store.load("shop")
    with pytest.raises(DamagedStoreError):
        await rename(store, "new")
    assert raw.execute(url, "SELECT document FROM projects") == [(document,)]


async def test_records_that_are_none_any_more_are_a_damaged_store(store: SqlStore, store_url: str) -> None:
    async with store.transaction("shop") as tx:
        await tx.record_step("op", "build", "result")
        await tx.add_samples("op", [{"n": 1}])
        await tx.add_findings([finding("f")])
    for statement in (
        "UPDATE steps SET result = 'garbage'",
        "UPDATE samples SET sample = 'garbage'",
        "UPDATE findings SET document = 'garbage'",
    ):
        raw.execute(store_url, statement)

    async def resolve() -> None:
        async with store.transaction("shop") as tx:
            await tx.resolve_finding(1, Resolution(by="person:ada", reason="none", at=NOON.wall))

    for what, call in {
        "the journal of operation op": store.steps("op"),
        "the samples of operation op": store.samples("op"),
        "a finding of project shop": store.findings("shop", session=None, open_only=True),
        "finding 1 of project shop": resolve(),
    }.items():
        with pytest.raises(DamagedStoreError, match=f"{what} is not what was stored"):
            await call
