"""PostgreSQL's notifications: what any replica changes is published in this one."""

import asyncio
from contextlib import aclosing

import structlog

from sentinel.adapters.store.database import Database
from sentinel.adapters.store.publication import Publication
from sentinel.adapters.store.session import Session, new_session, session_faults
from sentinel.adapters.store.statements import CHANNEL
from sentinel.errors import SentinelError

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How long nothing may come before it is looked whether anything still can."""


class Listener:
    """Publishes from `start` to `stop`, this replica's own changes too.

    After a broken connection any project may have changed, since what was said meanwhile is lost.
    """

    def __init__(self, database: Database, publication: Publication) -> None:
        self._database = database
        self._publication = publication
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Once it returns no change is missed. Raises StoreUnavailableError."""
        self._task = asyncio.create_task(self._run(await self._listening()))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, session: Session) -> None:
        while True:
            await self._relay(session)
            session = await self._again()

    async def _relay(self, session: Session) -> None:
        """Until the connection breaks."""
        try:
            with session_faults(self._database.place):
                while True:
                    async with aclosing(session.notifies(timeout=LOOK_SECONDS)) as notifications:
                        async for notification in notifications:
                            self._publication.publish(notification.payload)
                    await session.execute("SELECT true")
        except SentinelError as error:
            log.warning("notifications interrupted", problem=error.what)
        finally:
            await session.close()

    async def _again(self) -> Session:
        while True:
            try:
                session = await self._listening()
            except SentinelError as error:
                log.warning("no notifications", problem=error.what)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._publication.publish(None)
                return session

    async def _listening(self) -> Session:
        session = await new_session(self._database)
        try:
            with session_faults(self._database.place):
                await session.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await session.close()
            raise
        return session
