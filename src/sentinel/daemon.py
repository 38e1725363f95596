"""The daemon (design 2): owns the store, the timers and everything that must outlive a chat window."""

import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import structlog

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.address import read_address
from sentinel.adapters.store.lock import DaemonLock
from sentinel.adapters.store.store import SqlStore
from sentinel.daemon_file import read_daemon_file
from sentinel.errors.grouped import unwrapped
from sentinel.errors.settings import HomeUnusableError
from sentinel.front.mcp.serve import AgentServer
from sentinel.front.operator.server import OperatorServer
from sentinel.settings import Settings
from sentinel.wiring import Engine, build_engine

log = structlog.get_logger(__name__)


def run_daemon(settings: Settings, environ: Mapping[str, str]) -> None:
    """Serves until it is stopped. Scripts that run at that moment go on, and the next daemon adopts them.

    Raises HomeUnusableError, StoreInUseError, SocketInUseError, DaemonFileError, and what `SqlStore.open` raises.
    """
    _configure_logging()
    os.umask(0o077)
    for folder in (settings.home, settings.shared):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusableError(path=folder, reason=error.strerror) from None
    with unwrapped():
        anyio.run(_run, settings, environ)


async def _run(settings: Settings, environ: Mapping[str, str]) -> None:
    own = read_daemon_file(settings.daemon_file)
    async with _store(settings) as (store, clock):
        engine = build_engine(store, clock, home=settings.shared, environ=environ, own=own)
        await _serve(engine, settings)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[SqlStore, SystemClock]]:
    """The opened store; on SQLite one daemon has it alone."""
    lock = _lock(settings)
    if lock is not None:
        lock.acquire()
    clock = SystemClock()
    try:
        store = await SqlStore.open(settings.store_url, clock)
        try:
            yield store, clock
        finally:
            with anyio.CancelScope(shield=True):
                await store.close()
    finally:
        if lock is not None:
            lock.release()


def _lock(settings: Settings) -> DaemonLock | None:
    """What keeps a second daemon, of this state folder or of another, from a SQLite file; PostgreSQL is shared."""
    if settings.database_url is None:
        return DaemonLock(settings.home / "daemon.lock")
    address = read_address(settings.database_url)
    return None if address.shared else DaemonLock(Path(f"{address.place}.lock"))


async def _serve(engine: Engine, settings: Settings) -> None:
    """The operator socket first: whoever is answered on the agent socket finds it there.

    Nothing is run before both are ours: another daemon may have them.
    """
    stopping = anyio.Event()
    gc.freeze()  # what was imported lives as long as we do: looking through it again and again would delay clients
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, stopping)
        await tasks.start(OperatorServer(engine.operators, stopping.set).serve, settings.operator_socket)
        await tasks.start(AgentServer(engine.agents).serve, settings.agent_socket)
        tasks.start_soon(engine.run)
        log.info("serving", home=str(settings.home), pid=os.getpid())
        await stopping.wait()
        tasks.cancel_scope.cancel()
    log.info("stopped")


async def _stop_on_signal(stopping: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            stopping.set()
            return


def _configure_logging() -> None:
    """One JSON object a line on stderr; whoever started the daemon decides where that goes."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
