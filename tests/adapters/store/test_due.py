"""Which projects somebody has to look at."""

import pytest
from sqlalchemy import ClauseElement

from sentinel.adapters.store.records import due_query, entries_query, newest_query
from sentinel.adapters.store.store import SqlStore
from sentinel.core.release.lifecycle import end
from sentinel.core.release.model import OperationKind, Outcome
from tests.adapters.store import raw
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import NOON, REGISTERED, asked, in_sprint, later, running, shop


@pytest.fixture
async def projects(store: SqlStore) -> SqlStore:
    """`shop` with nothing to do, `busy` with an operation, `asking` with a question that is open for a minute."""
    for project_id in ("busy", "asking"):
        await store.create(shop(project_id), REGISTERED)
    async with store.transaction("busy") as tx:
        tx.apply(in_sprint(tx.project))
        tx.apply(running(tx.project))
    async with store.transaction("asking") as tx:
        tx.apply(asked(tx.project, expires=later(60)))
    return store


async def test_a_running_operation_is_due_at_any_time(projects: SqlStore) -> None:
    assert await projects.due(later(-1e9)) == ("busy",)


async def test_a_question_is_due_from_its_expiry_on(projects: SqlStore) -> None:
    assert await projects.due(later(59.999999)) == ("busy",)
    assert set(await projects.due(later(60))) == {"busy", "asking"}
    assert set(await projects.due(later(1e6))) == {"busy", "asking"}


async def test_an_operation_that_ended_is_not_due(projects: SqlStore) -> None:
    async with projects.transaction("busy") as tx:
        outcome = Outcome(operation_id="op1", kind=OperationKind.TESTS, ok=True, message="passed", ended_at=NOON.wall)
        tx.apply(end(tx.project, outcome))
    assert await projects.due(NOON) == ()


async def test_an_answered_question_is_not_due(projects: SqlStore) -> None:
    async with projects.transaction("asking") as tx:
        answered = asked(tx.project, expires=later(60))
        tx.apply(type(answered)(answered.project.model_copy(update={"rollback_approval": None}), answered.entries))
    assert await projects.due(later(1e6)) == ("busy",)


QUERIES = [
    pytest.param("projects_wake_at", due_query(NOON), id="due"),
    pytest.param("audit_order", entries_query("shop", after=(5, 5)), id="entries"),
    pytest.param("audit_order", newest_query("shop", after=5, before=None), id="newest entries"),
    pytest.param("audit_order", newest_query("shop", after=5, before=50), id="newest entries before"),
]


@pytest.mark.parametrize(("index", "query"), QUERIES)
async def test_sqlite_finds_it_by_an_index(sqlite_url: str, opened: Opening, index: str, query: ClauseElement) -> None:
    await opened(sqlite_url)
    plan = raw.plan(sqlite_url, "EXPLAIN QUERY PLAN", query)
    assert "SEARCH" in plan
    assert f"INDEX {index}" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(("index", "query"), QUERIES)
async def test_postgresql_finds_it_by_an_index(
    postgres_url: str, opened: Opening, index: str, query: ClauseElement
) -> None:
    """With enough rows that reading all of them costs more."""
    await opened(postgres_url)
    raw.execute(
        postgres_url,
        "INSERT INTO projects SELECT 'p' || n, 1, NULL, 0, '', '{}' FROM generate_series(1, 5000) n",
    )
    raw.execute(
        postgres_url,
        "INSERT INTO audit (project, sequence, entry) SELECT 'p' || n % 50, n, '{}' FROM generate_series(1, 5000) n",
    )
    raw.execute(postgres_url, "ANALYZE projects, audit")
    plan = raw.plan(postgres_url, "EXPLAIN", query)
    assert index in plan
    assert "Seq Scan" not in plan
