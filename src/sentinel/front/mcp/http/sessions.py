"""The 2025 era over HTTP: a session is opened by an initialize request and named by a header from then on.

The SDK's own session manager has one server for all sessions, and no way past it to tell them of changes at once
(docs/decisions/0002); ours has a connection for each, over the SDK's transport.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import anyio
import anyio.lowlevel
import structlog
from anyio.abc import TaskGroup, TaskStatus
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.runner import serve_loop
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER, StreamableHTTPServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from sentinel.core.access.tokens import Token
from sentinel.errors.connection import TooManySessionsError, UnknownSessionError
from sentinel.front.mcp.connection import Connection
from sentinel.front.mcp.elicitation import OpenRequests
from sentinel.front.mcp.http.open_streams import OpenStreams
from sentinel.front.mcp.outgoing import Closable
from sentinel.front.mcp.tools import Preferences

UNSENT_LIMIT = 256
"""Messages that wait for the streams of a session; one that lets more pile up is ended."""


class SessionOutbox(Closable):
    """Hands messages on to the SDK's transport, which knows the stream that each belongs to."""

    def __init__(
        self,
        stream: WriteStream[SessionMessage],
        *,
        watch: Callable[[JSONRPCMessage], None],
        overflow: Callable[[], None],
    ) -> None:
        super().__init__()
        self._stream = stream
        self._watch = watch
        self._overflow = overflow
        self._waiting: deque[SessionMessage] = deque()

    async def send(self, item: SessionMessage, /) -> None:
        """Raises anyio.ClosedResourceError after the end."""
        self._watch(item.message)
        self._add(item)
        await anyio.lowlevel.checkpoint()

    def put(self, message: JSONRPCMessage) -> None:
        """For the stream that the client keeps open for news, if it does."""
        self._add(SessionMessage(message))

    def _add(self, item: SessionMessage) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        self._waiting.append(item)
        self._news.set()
        if len(self._waiting) > UNSENT_LIMIT:
            self._closed = True
            self._overflow()

    async def drain(self) -> None:
        """Hands on until the end; what was put before it is still handed on."""
        while self._waiting or not self._closed:
            if not self._waiting:
                self._news = anyio.Event()
                await self._news.wait()
                continue
            await self._stream.send(self._waiting.popleft())


SESSIONS = 256
SESSIONS_PER_TOKEN = 16
IDLE_SECONDS = 30 * 60.0
"""A session without any open request is ended after this time."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Session:
    """`requests` are open now, and `used` is when one was opened or answered last, on the loop's clock."""

    token: Token
    connection: Connection
    transport: StreamableHTTPServerTransport
    requests: int = 0
    used: float = 0.0

    @contextmanager
    def request(self) -> Iterator[None]:
        self.requests += 1
        self.used = anyio.current_time()
        try:
            yield
        finally:
            self.requests -= 1
            self.used = anyio.current_time()


class Sessions:
    """The open sessions; each can be used with the token alone that opened it."""

    def __init__(
        self,
        connect: Callable[[Token, Preferences], Connection],
        streams: OpenStreams,
        tasks: TaskGroup,
        security: TransportSecuritySettings,
    ) -> None:
        self._connect = connect
        self._streams = streams
        self._tasks = tasks
        self._security = security
        self._sessions: dict[str, Session] = {}

    async def answer(self, token: Token, preferences: Preferences, scope: Scope, receive: Receive, send: Send) -> None:
        """A session keeps the `preferences` that it was opened with.

        Raises UnknownSessionError or TooManySessionsError.
        """
        named = Headers(scope=scope).get(MCP_SESSION_ID_HEADER)
        if named is None:
            await self._open(token, preferences, scope, receive, send)
            return
        session = self._sessions.get(named)
        if session is None or session.token.id != token.id:
            raise UnknownSessionError
        opened = session.connection.tell_again if scope["method"] == "GET" else _nothing
        with session.request():
            await session.transport.handle_request(scope, receive, _noting(send, lambda _: opened()))

    async def _open(self, token: Token, preferences: Preferences, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing but an initialize request opens one: what was refused leaves none behind."""
        self._require_room(token)
        transport = StreamableHTTPServerTransport(
            secrets.token_hex(16), security_settings=self._security, idle_timeout=IDLE_SECONDS
        )
        session = Session(token, self._connect(token, preferences), transport)
        statuses: list[int] = []

        with session.request():
            await self._tasks.start(self._run, session)
            try:
                await transport.handle_request(scope, receive, _noting(send, statuses.append))
            finally:
                if not statuses or statuses[0] >= 400:
                    with anyio.CancelScope(shield=True):
                        await transport.terminate()
            if statuses and statuses[0] < 400:
                await self._end_idlest(token)

    def _require_room(self, token: Token) -> None:
        minutes = round(IDLE_SECONDS / 60)
        if len(self._sessions) >= SESSIONS:
            raise TooManySessionsError(limit=SESSIONS, whose="", minutes=minutes)
        own = self._own(token)
        if len(own) >= SESSIONS_PER_TOKEN and all(session.requests for _, session in own):
            raise TooManySessionsError(limit=SESSIONS_PER_TOKEN, whose=" with one token", minutes=minutes)

    async def _end_idlest(self, token: Token) -> None:
        """Where the token has more than its share: clients open a session at each start, and leave the old ones."""
        own = self._own(token)
        idle = [(session.used, name) for name, session in own if not session.requests]
        if len(own) > SESSIONS_PER_TOKEN and idle:
            ended = self._sessions.pop(min(idle)[1])
            await ended.transport.terminate()

    def _own(self, token: Token) -> list[tuple[str, Session]]:
        return [(name, session) for name, session in self._sessions.items() if session.token.id == token.id]

    async def _run(self, session: Session, *, task_status: TaskStatus[None]) -> None:
        """Until the client ends it, nobody has used it for long, or its token is not good any more."""
        name = session.transport.mcp_session_id or ""
        self._sessions[name] = session
        try:
            with self._streams.held(session.token):
                await _serve(session, task_status)
        except Exception:  # one client's fault ends that client's session and no other
            log.exception("session.failed")
        finally:
            self._sessions.pop(name, None)
            session.connection.close()
            with anyio.CancelScope(shield=True):
                await session.transport.terminate()


def _noting(send: Send, note: Callable[[int], None]) -> Send:
    """`send`, which first tells `note` the status of the response."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            note(message["status"])
        await send(message)

    return noting


def _nothing() -> None:
    """A request that opens no stream for news."""


async def _serve(session: Session, task_status: TaskStatus[None]) -> None:
    requests = OpenRequests()
    async with session.transport.connect() as (messages, replies), anyio.create_task_group() as tasks:

        def overflow() -> None:
            log.warning("session.dropped", why="the client does not read")
            tasks.cancel_scope.cancel()

        outbox = SessionOutbox(replies, watch=requests.sent, overflow=overflow)
        session.connection.outbox = outbox
        to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception]()
        tasks.start_soon(_drain, outbox)
        tasks.start_soon(_read, session.connection, messages, to_server, requests)
        task_status.started()
        with session.transport.idle_scope or anyio.CancelScope():
            await serve_loop(
                session.connection.server,
                from_client,
                outbox,
                lifespan_state={},
                session_id=session.transport.mcp_session_id,
                init_options=session.connection.initialization_options(),
            )
        tasks.cancel_scope.cancel()


async def _drain(outbox: SessionOutbox) -> None:
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await outbox.drain()


async def _read(
    connection: Connection,
    messages: ReadStream[SessionMessage | Exception],
    to_server: MemoryObjectSendStream[SessionMessage | Exception],
    requests: OpenRequests,
) -> None:
    """Messages for the SDK, past a look for answers that nobody asked for."""
    async with to_server:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for item in messages:
                if isinstance(item, SessionMessage) and requests.is_unasked_approval(item.message):
                    await connection.report_unasked_answer()
                await to_server.send(item)
