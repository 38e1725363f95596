"""Where the console listens, and the links that sign people in. No page is loaded before the first browser comes."""

import secrets
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup, TaskStatus

from sentinel.adapters.console_sessions import SessionFiles, digest_of
from sentinel.core.tools.status import Trust
from sentinel.daemon_file import Console as Settings
from sentinel.engine.api import Api
from sentinel.errors import SentinelError
from sentinel.errors.connection import ConsoleAddressError, UnprotectedConsoleError
from sentinel.front.connections import BACKLOG
from sentinel.front.unix_sockets import Admission

log = structlog.get_logger(__name__)


SECONDS = 300
"""How long a link may be used."""
MOST = 100


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a link was made: the system's user who asked for it."""

    person: str
    uid: int


class Links:
    """In memory alone: a daemon that restarts knows none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._holders: dict[str, tuple[Holder, float]] = {}

    def make(self, holder: Holder) -> str:
        """The secret of a new link."""
        self._forget_old()
        secret = secrets.token_urlsafe(32)
        self._holders[digest_of(secret)] = (holder, self._clock() + SECONDS)
        return secret

    def whose(self, secret: str) -> Holder | None:
        """For whom it was made, while it can be used."""
        found = self._holders.get(digest_of(secret))
        return found[0] if found is not None and self._clock() < found[1] else None

    def use(self, secret: str) -> Holder | None:
        """The same, and from now on it cannot be used any more."""
        holder = self.whose(secret)
        self._holders.pop(digest_of(secret), None)
        return holder

    def _forget_old(self) -> None:
        now = self._clock()
        kept = [(key, value) for key, value in self._holders.items() if now < value[1]]
        self._holders = dict(kept[-(MOST - 1) :])


class Nonces:
    """What passkeys sign to begin a session."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def make(self) -> str:
        now = self._clock()
        open_ones = [(nonce, until) for nonce, until in self._until.items() if now < until]
        nonce = secrets.token_urlsafe(32)
        self._until = {**dict(open_ones[-(MOST - 1) :]), nonce: now + SECONDS}
        return nonce

    def use(self, nonce: str) -> bool:
        """Whether it was made here and not used yet; it is from now on."""
        return self._clock() < self._until.pop(nonce, 0.0)


@dataclass(frozen=True, slots=True)
class Served:
    """What the pages are made with."""

    api: Api
    sessions: SessionFiles
    links: Links
    admission: Admission
    origin: str
    trust: Trust


class ConsoleServer:
    """Listens where daemon.toml has a [console], where a console was opened before, and once it is opened."""

    def __init__(
        self, api: Api, settings: Settings | None, folder: Path, admission: Admission, trust: Trust, settings_file: Path
    ) -> None:
        """`folder` holds the sessions; `settings_file` is where the settings are written."""
        self._api = api
        self._configured = settings is not None
        self._settings = settings or Settings()
        self._sessions = SessionFiles(folder)
        self._admission = admission
        self._trust = trust
        self._settings_file = settings_file
        self._links = Links()
        self._tasks: TaskGroup | None = None
        self._listening = False

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. A console that cannot be served keeps no release from going on: it is logged."""
        async with anyio.create_task_group() as self._tasks:
            if self._configured or self._sessions.used:
                try:
                    await self._listen()
                except SentinelError as error:
                    log.warning("console not served", why=str(error))
            task_status.started()
            await anyio.sleep_forever()

    async def link(self, person: str, uid: int) -> str:
        """An address that signs `person` in, once. Raises ConsoleAddressError, UnprotectedConsoleError."""
        self._sessions.prepare()
        await self._listen()
        return f"{self._settings.origin}/open?link={self._links.make(Holder(person, uid))}"

    def sign_out(self) -> int:
        """Ends every session; how many there were. Open pages find out before they are sent anything more."""
        return self._sessions.end_all()

    async def _listen(self) -> None:
        if self._listening or self._tasks is None:
            return
        listeners = self._bound()
        self._listening = True
        self._tasks.start_soon(self._serve, listeners)
        log.info("console", address=self._settings.origin)

    async def _serve(self, listeners: Sequence[socket.socket]) -> None:
        with ExitStack() as stack:
            for listener in listeners:
                stack.enter_context(listener)
            await _first_connection(listeners)
            module = await to_thread.run_sync(import_module, f"{__package__}.app")  # it takes time and memory
            origin = self._settings.origin
            served = Served(self._api, self._sessions, self._links, self._admission, origin, self._trust)
            await module.run(served, self._settings, listeners)

    def _bound(self) -> list[socket.socket]:
        """Also by IPv6 where browsers may take `localhost` for it: nobody else shall answer in our name."""
        host, _, port = self._settings.listen.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        try:
            address = ip_address("127.0.0.1" if bare == "localhost" else bare)
        except ValueError:
            raise self._unusable("it is not an address of this machine, such as 127.0.0.1") from None
        if not (address.is_loopback or self._settings.certificate or self._settings.behind_proxy):
            raise UnprotectedConsoleError(address=self._settings.listen, path=self._settings_file)
        wanted = [str(address), *(("::1",) if str(address) == "127.0.0.1" and _has_ipv6() else ())]
        listeners: list[socket.socket] = []
        try:
            for place in wanted:
                family = socket.AF_INET6 if ":" in place else socket.AF_INET
                listeners.append(socket.create_server((place, int(port)), family=family, backlog=BACKLOG))
        except OSError as error:
            for listener in listeners:
                listener.close()
            raise self._unusable(error.strerror or str(error)) from None
        return listeners

    def _unusable(self, reason: str) -> ConsoleAddressError:
        return ConsoleAddressError(address=self._settings.listen, reason=reason, path=self._settings_file)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


async def _first_connection(listeners: Sequence[socket.socket]) -> None:
    async def wait(listener: socket.socket) -> None:
        await anyio.wait_readable(listener)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for listener in listeners:
            tasks.start_soon(wait, listener)
