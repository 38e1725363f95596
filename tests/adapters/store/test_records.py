"""The journal, samples and findings of a project."""

import pytest
from pydantic import JsonValue

from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.findings import EVERY_SESSION, Resolution, Severity
from sentinel.core.policy.pinning import Pin
from sentinel.core.release.change import update
from sentinel.errors.store import FencedError, StepTwiceError
from tests.adapters.store.documents import (
    NOON,
    REGISTERED,
    fault_of,
    finding,
    in_sprint,
    named,
    project_of,
    rename,
    running,
    shop,
    summaries,
)
from tests.core.projects import policy

RESOLUTION = Resolution(by="person:ada", reason="looked at it", at=NOON.wall)
LOW = Severity.LOW


async def start(store: SqlStore) -> None:
    async with store.transaction("shop") as tx:
        tx.apply(in_sprint(tx.project))
        tx.apply(running(tx.project))


async def test_steps_are_journalled_with_their_results(store: SqlStore) -> None:
    result: JsonValue = {"text": "ünï \x00 \U0001f680", "deep": [1, None, {"ok": True}]}
    async with store.transaction("shop") as tx:
        await tx.record_step("op", "build", result)
        await tx.record_step("op", "tests", None)
        await tx.record_step("other", "build", 1)
    assert await store.steps("op") == {"build": result, "tests": None}
    assert await store.steps("nothing") == {}


async def test_a_step_recorded_twice_is_an_error_and_loses_nothing(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        await tx.record_step("op1", "build", "first")

    async def record_again() -> None:
        async with store.transaction("shop", fence=1) as tx:
            tx.apply(named(tx.project, "second"))
            await tx.record_step("op1", "build", "second")

    with pytest.raises(StepTwiceError, match="build of operation op1"):
        await record_again()
    assert await store.steps("op1") == {"build": "first"}
    assert (await project_of(store)).name == "Shop"
    await rename(store, "still usable")
    assert (await project_of(store)).name == "still usable"


async def test_whoever_records_a_step_too_late_is_fenced() -> None:
    """A runner stops for that, and goes on with the journal as it is."""
    assert issubclass(StepTwiceError, FencedError)


async def test_samples_come_back_in_their_order(store: SqlStore) -> None:
    for start_at in (0, 3):
        async with store.transaction("shop") as tx:
            await tx.add_samples("op", [{"n": n, "text": "é"} for n in range(start_at, start_at + 3)])
            await tx.add_samples("other", [{"n": -1}])
            await tx.add_samples("op", [])
    assert await store.samples("op") == tuple({"n": n, "text": "é"} for n in range(6))


async def test_a_finding_is_stored_once_in_its_session(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        assert await tx.add_findings([finding("a"), finding("b", severity=LOW), finding("a")]) == 2
        assert await tx.add_findings([finding("b"), finding("c")]) == 1
    async with store.transaction("shop") as tx:
        assert await tx.add_findings([finding("a"), finding("c")]) == 0
        assert await tx.add_findings([finding("a", session="sprint-2")]) == 1
    stored = await store.findings("shop", session=None, open_only=False)
    assert [(one.number, one.finding.fingerprint, one.finding.session) for one in stored] == [
        (1, "a", "sprint-1"),
        (2, "b", "sprint-1"),
        (3, "c", "sprint-1"),
        (4, "a", "sprint-2"),
    ]
    assert stored == tuple(sorted(stored, key=lambda one: one.number))
    assert [one.number for one in await store.findings("shop", session="sprint-2", open_only=True)] == [4]


async def test_findings_of_projects_are_their_own(store: SqlStore) -> None:
    await store.create(shop("bakery"), REGISTERED)
    for project_id in ("shop", "bakery"):
        async with store.transaction(project_id) as tx:
            assert await tx.add_findings([finding("a")]) == 1
    assert [one.number for one in await store.findings("bakery", session=None, open_only=True)] == [1]


async def test_open_high_findings_of_the_sprint_are_counted_in_the_document(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("a"), finding("b"), finding("low", severity=LOW)])
        await tx.add_findings([finding("elsewhere", session="sprint-0")])
        assert tx.project.open_high_findings == 2
    assert (await project_of(store)).open_high_findings == 2


async def test_what_counts_in_every_session_stands_in_the_way_of_the_next_sprint_too(store: SqlStore) -> None:
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("outside", session=EVERY_SESSION), finding("old", session="sprint-0")])
        assert tx.project.open_high_findings == 1
    await start(store)
    assert (await project_of(store)).open_high_findings == 1
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("a")])
        assert tx.project.open_high_findings == 2
    assert [one.number for one in await store.findings("shop", session="sprint-1", open_only=True)] == [1, 3]
    assert [one.number for one in await store.findings("shop", session=EVERY_SESSION, open_only=True)] == [1]


async def test_a_resolved_finding_no_longer_counts_and_stays_on_record(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("a"), finding("b")])
    async with store.transaction("shop") as tx:
        resolved = await tx.resolve_finding(1, RESOLUTION)
    assert resolved is not None
    assert resolved.resolution == RESOLUTION
    assert (await project_of(store)).open_high_findings == 1
    assert [one.number for one in await store.findings("shop", session=None, open_only=True)] == [2]
    assert (await store.findings("shop", session=None, open_only=False))[0] == resolved
    assert (await summaries(store))[-1] == "finding 1 resolved: looked at it"


async def test_a_resolved_finding_is_not_found_again(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("a")])
        await tx.resolve_finding(1, RESOLUTION)
        assert await tx.add_findings([finding("a")]) == 0
    assert (await project_of(store)).open_high_findings == 0


async def test_only_an_open_finding_can_be_resolved(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        await tx.add_findings([finding("a")])
        assert await tx.resolve_finding(2, RESOLUTION) is None
        await tx.resolve_finding(1, RESOLUTION)
    async with store.transaction("shop") as tx:
        assert await tx.resolve_finding(1, RESOLUTION) is None


async def test_thousands_of_findings_come_in_one_import(store: SqlStore) -> None:
    await start(store)
    async with store.transaction("shop") as tx:
        assert await tx.add_findings([finding(f"{number}") for number in range(3000)]) == 3000
    assert (await project_of(store)).open_high_findings == 3000


async def test_forgotten_operations_leave_their_entries_and_the_journals_of_others(store: SqlStore) -> None:
    for operation in ("old", "older", "kept"):
        async with store.transaction("shop") as tx:
            tx.apply(named(tx.project, operation))
            await tx.record_step(operation, "build", True)  # noqa: FBT003 - a result
            await tx.add_samples(operation, [{"n": 1}])
    await store.forget_operations(("old", "older", "never there"))
    assert [await store.steps(operation) for operation in ("old", "older", "kept")] == [{}, {}, {"build": True}]
    assert [await store.samples(operation) for operation in ("old", "older", "kept")] == [(), (), ({"n": 1},)]
    assert (await summaries(store))[-3:] == ["old", "older", "kept"]
    assert await fault_of(store) is None


async def test_the_projects_with_a_file_of_variables_are_found_among_others(store: SqlStore) -> None:
    await store.create(shop("bakery"), REGISTERED)
    rules = policy(production={"environment": {"env_file": "/etc/bakery/production.env"}})
    async with store.transaction("bakery") as tx:
        pin = Pin(commit="c" * 40, files=(), digest="", policy=rules, by="person:ada", at=NOON.wall)
        tx.apply(update(tx.project, "policy.trusted", "person:ada", "trusted", {"pin": pin}))
    assert [project.id for project in await store.projects_with_files()] == ["bakery"]
