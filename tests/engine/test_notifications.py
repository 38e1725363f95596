"""People are told of what was committed, by whichever daemon lives: at least once, and once where none dies."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.chain import AuditDraft
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice
from sentinel.engine import notifications
from sentinel.engine.notifications import NotificationSender
from sentinel.errors.store import StoreUnavailableError

DEADLINE = 20.0


class People:
    """Hear what they are told, and are done with it once they are `listening`."""

    def __init__(self, *, listening: bool = True) -> None:
        self.heard: list[str] = []
        self.listening = anyio.Event()
        if listening:
            self.listening.set()

    async def tell(self, title: str, _body: str) -> None:
        self.heard.append(title)
        await self.listening.wait()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "PERIOD_SECONDS", 0.01)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(f"sqlite:///{tmp_path}/sentinel.db", SystemClock())
    await store.create(Project(id="shop", name="Shop", root="/srv/shop"), AuditDraft("made", "test", "made", {}))
    yield store
    await store.close()


async def post(store: SqlStore, title: str) -> None:
    async with store.transaction("shop") as tx:
        await tx.add_notice(Notice(title, "body"))


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(DEADLINE):
        while not condition():
            await anyio.sleep(0.01)


async def until_all_forgotten(store: SqlStore) -> None:
    with anyio.fail_after(DEADLINE):
        while await store.notices():
            await anyio.sleep(0.01)


@asynccontextmanager
async def working(store: SqlStore, people: People) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(NotificationSender(store, people).run)
        yield
        tasks.cancel_scope.cancel()


async def test_people_hear_once_and_in_order_of_what_was_and_what_is_committed(store: SqlStore) -> None:
    people = People()
    await post(store, "before")
    async with working(store, people):
        await until(lambda: people.heard == ["before"])
        await until_all_forgotten(store)
        await post(store, "first")
        await post(store, "second")
        await until_all_forgotten(store)
        await post(store, "last")
        await until_all_forgotten(store)
    assert people.heard == ["before", "first", "second", "last"]


async def test_a_notice_that_nobody_was_told_for_certain_is_told_again_by_the_next(store: SqlStore) -> None:
    deaf, attentive = People(listening=False), People()
    await post(store, "halted")
    async with working(store, deaf):
        await until(lambda: deaf.heard == ["halted"])
    async with working(store, attentive):
        await until_all_forgotten(store)
    assert (deaf.heard, attentive.heard) == (["halted"], ["halted"])


async def test_a_slow_service_does_not_hold_up_the_next_notice(store: SqlStore) -> None:
    people = People(listening=False)
    await post(store, "first")
    await post(store, "second")
    async with working(store, people):
        await until(lambda: people.heard == ["first", "second"])
        people.listening.set()
        await until_all_forgotten(store)
    assert people.heard == ["first", "second"]


async def test_one_courier_of_a_store_tells_people(store: SqlStore) -> None:
    one, other = People(), People()
    async with working(store, one), working(store, other):
        await post(store, "released")
        await until_all_forgotten(store)
    assert one.heard + other.heard == ["released"]


async def test_a_notice_that_cannot_be_forgotten_is_not_told_again(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk, which lets nothing be written and everything be read."""
    people, tries = People(), []

    async def full(_store: SqlStore, positions: tuple[int, ...]) -> None:
        tries.append(positions)
        raise StoreUnavailableError(detail="database or disk is full")

    await post(store, "rolled back")
    with monkeypatch.context() as disk:
        disk.setattr(SqlStore, "forget_notices", full)
        async with working(store, people):
            await until(lambda: len(tries) > 3)
            disk.undo()
            await until_all_forgotten(store)
    assert people.heard == ["rolled back"]


async def test_a_question_is_sent_with_the_address_of_its_page(store: SqlStore) -> None:
    bodies: list[str] = []

    class Reader(People):
        async def tell(self, title: str, body: str) -> None:
            bodies.append(body)
            await super().tell(title, body)

    async with store.transaction("shop") as tx:
        await tx.add_notice(Notice("asked", "Ship it?", link="/projects/shop/question"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(NotificationSender(store, Reader(), "https://ship.example").run)
        await until(lambda: bodies == ["Ship it?\n\nhttps://ship.example/projects/shop/question"])
        tasks.cancel_scope.cancel()
