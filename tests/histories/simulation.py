"""Everything of a process that would make two runs of one history differ, replaced while a history runs.

What remains is a function of the number that a history is made from, to the last line of its trace and in any process:
the actions and their interleaving alike. It holds for one version of the code and of its libraries only.
"""

import asyncio
import gc
import logging
import random
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import aiosqlite
import structlog
from anyio import to_thread
from anyio._backends._asyncio import CancelScope
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from sentinel.adapters.store import database
from sentinel.adapters.store.database import Address, new_engine
from sentinel.adapters.store.publication import Subscription
from sentinel.core.policy.model import read_policy
from sentinel.engine import commit_policy, notifications
from sentinel.engine.runtime import reconciler
from sentinel.engine.runtime.watch import ProjectWatch
from tests.histories.loop import NumberedScopes, SimulatedLoop
from tests.histories.stepping import to_the_end_at_once

PERIOD_SECONDS = 10.0
"""How often the reconciler and the notification sender look by themselves: seldom, for it is most of the cost."""
_POLICIES: dict[bytes, Any] = {}
_STATEMENTS: Any = LRUCache(500)


@contextmanager
def simulated(
    connect: Callable[..., object], log: Callable[[str, str, MutableMapping[str, Any]], None]
) -> Iterator[SimulatedLoop]:
    """No threads, a simulated clock, connections made by `connect`, and every line of the log given to `log`."""
    scopes = NumberedScopes()
    watches = count()

    def number_of(scope: CancelScope) -> int:
        return scopes.number(scope)

    def numbered(self: Any) -> int:
        number: int = self.__dict__.setdefault("_number", next(watches))
        return number

    with (
        patch.object(aiosqlite, "connect", connect),
        patch.object(to_thread, "run_sync", _inline),
        patch.object(CancelScope, "__new__", scopes.new),
        patch.object(CancelScope, "__hash__", number_of),
        patch.object(Subscription, "__hash__", numbered),
        patch.object(ProjectWatch, "__hash__", numbered),
        patch.object(notifications, "PERIOD_SECONDS", PERIOD_SECONDS),
        patch.object(reconciler, "PERIOD_SECONDS", PERIOD_SECONDS),
        patch.object(commit_policy, "read_policy", _read_policy),
        patch.object(database, "new_engine", _new_engine),
        patch.object(database, "to_the_end", to_the_end_at_once),
        _logging(log),
    ):
        loop = SimulatedLoop()
        asyncio.set_event_loop(loop)
        gc.disable()
        try:
            yield loop
        finally:
            gc.enable()
            asyncio.set_event_loop(None)
            loop.close()


async def _inline(work: Callable[..., object], *arguments: object, **_options: object) -> object:
    await asyncio.sleep(0)
    return work(*arguments)


def _read_policy(raw: bytes) -> Any:
    """A few policies are read again and again."""
    if raw not in _POLICIES:
        _POLICIES[raw] = read_policy(raw)
    return _POLICIES[raw]


def _new_engine(address: Address) -> AsyncEngine:
    """Every daemon compiles the same statements."""
    engine = new_engine(address)
    engine.sync_engine._compiled_cache = _STATEMENTS  # noqa: SLF001 - there is no other way to share it
    return engine


@contextmanager
def _logging(log: Callable[[str, str, MutableMapping[str, Any]], None]) -> Iterator[None]:
    def take(_logger: object, level: str, event: MutableMapping[str, Any]) -> str:
        log(level, str(event.pop("event", "")), event)
        raise structlog.DropEvent

    before, others = structlog.get_config(), logging.getLogger("sqlalchemy")
    structlog.configure(processors=[take], cache_logger_on_first_use=False)
    level = others.level
    others.setLevel(logging.CRITICAL + 1)  # that a killed daemon does not close its cursors is no news
    try:
        yield
    finally:
        structlog.configure(**before)
        others.setLevel(level)


def chance_of(seed: int, whose: str) -> random.Random:
    """Everybody's own, so that what one does is no matter of what another does."""
    return random.Random(f"{seed} {whose}")  # noqa: S311 - a simulation, and repeatable
