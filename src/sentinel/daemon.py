"""The daemon: owns the store, the timers and everything that must outlive an AI client."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.http.client import trusted
from sentinel.adapters.secrets import SecretStore
from sentinel.adapters.store.database import read_address
from sentinel.adapters.store.lock import DaemonLock
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.supervisor.launcher_client import LauncherClient, start_launchers
from sentinel.core.release.script import CommandUser
from sentinel.daemon_file import DaemonFile, Listen, read_daemon_file
from sentinel.errors.daemon import HomeUnusableError, NotSeparableError
from sentinel.errors.grouped import unwrapped
from sentinel.front.connections import raise_file_limit
from sentinel.front.console.server import ConsoleServer
from sentinel.front.mcp.serve import AgentServer
from sentinel.front.operator.server import OperatorServer
from sentinel.front.unix_sockets import Admission, OperatorsGroup, OwnUser
from sentinel.launch.settings import Settings
from sentinel.wiring import Engine, build_engine

Launchers = Mapping[CommandUser, LauncherClient]
Serving = Callable[..., Coroutine[Any, Any, None]]

log = structlog.get_logger(__name__)


def run_daemon(settings: Settings, environ: Mapping[str, str], listen: str | None = None) -> None:
    """Serves until it is stopped. Scripts that run at that moment continue, and the next daemon adopts them.

    `listen` is the address for remote agents. Raises HomeUnusableError, StoreInUseError, SocketInUseError,
    DaemonFileError, AuthorityFileError, and what `SqlStore.open` and `HttpServer.serve` raise.
    """
    os.umask(0o077)
    raise_file_limit()
    for folder in (settings.home, settings.shared):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusableError(path=folder, reason=error.strerror) from None
    own = read_daemon_file(settings.daemon_file)
    if own.ca is not None:
        trusted(own.ca)  # raises before anybody is answered
    launchers = _separated(settings, own)  # before the event loop has threads
    with unwrapped():
        anyio.run(_run, settings, environ, listen, own, launchers)


def _separated(settings: Settings, own: DaemonFile) -> Launchers:
    """The users of commands, in separated mode; from here on the daemon itself can be nobody else.

    Raises NotSeparableError.
    """
    if own.separated is None:
        return {}
    if settings.system is None:
        raise NotSeparableError(reason="SENTINEL_SYSTEM does not say where its sockets are")
    return start_launchers(own.separated.users)


async def _run(
    settings: Settings,
    environ: Mapping[str, str],
    listen: str | None,
    own: DaemonFile,
    launchers: Launchers,
) -> None:
    known = SecretStore(own.secrets, environ)
    configure_logging(known.mask)
    async with _store(settings) as (store, clock):
        engine = build_engine(
            store, clock, home=settings.shared, environ=environ, own=own, known=known, launchers=launchers
        )
        await _serve(engine, settings, own, _remote(engine, settings, listen, own.listen))


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[SqlStore, SystemClock]]:
    """The opened store. Only one daemon may use a SQLite file."""
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
    """Locks a SQLite file against a second daemon, of this state folder or another. PostgreSQL is shared."""
    if settings.database_url is None:
        return DaemonLock(settings.home / "daemon.lock")
    address = read_address(settings.database_url)
    return None if address.shared else DaemonLock(Path(f"{address.place}.lock"))


async def _serve(engine: Engine, settings: Settings, own: DaemonFile, remote: Serving | None) -> None:
    """Opens the operator socket first: a client that the agent socket answers must find it.

    Runs nothing before it has both sockets: another daemon may have them.
    """
    stopping = anyio.Event()
    gc.freeze()  # imported objects live as long as the daemon: scanning them again and again would delay clients
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, stopping)
        admission = _admission(own)
        console = _console(engine, settings, own, admission)
        await tasks.start(OperatorServer(engine.api, stopping.set, admission, console).serve, settings.operator_socket)
        await tasks.start(AgentServer(engine.agents, mode=admission.socket_mode).serve, settings.agent_socket)
        if remote is not None:
            await tasks.start(remote)
        await tasks.start(console.serve)
        tasks.start_soon(engine.run)
        log.info("serving", home=str(settings.home), pid=os.getpid())
        await stopping.wait()
        tasks.cancel_scope.cancel()
    log.info("stopped")


def _admission(own: DaemonFile) -> Admission:
    if own.separated is None:
        return OwnUser()
    return OperatorsGroup(own.separated.operators_group, own.separated.agents_group)


def _console(engine: Engine, settings: Settings, own: DaemonFile, admission: Admission) -> ConsoleServer:
    folder = settings.shared / "console"
    return ConsoleServer(engine.api, own.console, folder, admission, own.mode, settings.daemon_file)


def _remote(engine: Engine, settings: Settings, address: str | None, protection: Listen) -> Serving | None:
    """What serves remote agents. The HTTP server is loaded only if there is an address for it."""
    if address is None:
        return None
    from sentinel.front.mcp.http.listen import HttpServer, Listening  # noqa: PLC0415 - it takes time and memory

    listening = Listening(address, settings.daemon_file, protection)
    return HttpServer(engine.agents, engine.tokens(protection.oauth), listening).serve


async def _stop_on_signal(stopping: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            stopping.set()
            return


Mask = Callable[[str], str]


def configure_logging(mask: Mask) -> None:
    """Every logged text goes through `mask`, whoever logs it."""
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(_MaskedFormatter(mask))
    foreign.addFilter(_is_news)
    logging.basicConfig(handlers=[foreign], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masking(mask),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Everything except a harmless race: a socket of anyio becomes ready when nobody waits for it any more."""
    fault = record.exc_info[0] if record.exc_info else None
    return not (record.name == "asyncio" and fault is asyncio.InvalidStateError)


class _MaskedFormatter(logging.Formatter):
    """For what libraries log."""

    def __init__(self, mask: Mask) -> None:
        super().__init__(logging.BASIC_FORMAT)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


def _masking(mask: Mask) -> Processor:
    def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: value if isinstance(value, int | float | None) else mask(str(value)) for key, value in event.items()
        }

    return masked
