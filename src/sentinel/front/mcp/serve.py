"""The agent socket: any number of clients at once, of which none can harm another.

A relay's first line says which project its client works in; one line answers it, and then both sides speak MCP. The
guard sends the same line with what it has refused, and is answered a second time once that is recorded.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import anyio
import mcp_types as types
import structlog
from anyio.abc import ByteStream, TaskStatus
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.runner import serve_dual_era_loop
from mcp.shared.message import SessionMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentinel.core.release.model import Requester
from sentinel.core.values.limits import MESSAGE_LIMIT, PROJECT_ID_LIMIT, REFUSAL_LIMIT
from sentinel.engine.agents import Agents
from sentinel.errors import SentinelError
from sentinel.errors.connection import BrokenMessageError, HandshakeError, OversizedLineError, TooManyConnectionsError
from sentinel.front.connections import Connections, serve_each, share_of_files
from sentinel.front.mcp.calls import Calls
from sentinel.front.mcp.connection import Connection
from sentinel.front.mcp.elicitation import Elicitations, OpenRequests
from sentinel.front.mcp.notify import Publisher
from sentinel.front.mcp.outgoing import Outbox
from sentinel.front.mcp.tools import DEFAULT, LongestWait, Mode, Preferences
from sentinel.front.unix_sockets import AbsolutePath, LineReader, bound, peer_name, peer_uid
from sentinel.launch.agent_link import ACCEPTED

MOST = 1024
"""Connections at once, of all users."""
FLUSH_SECONDS = 5.0
"""How long a client that has ended its side may take to read what it was still sent."""
HANDSHAKE_SECONDS = 5.0
HANDSHAKE_LIMIT = 64 * 1024
log = structlog.get_logger(__name__)


class Hello(BaseModel):
    """A relay's first line; a newer relay may say more than we know.

    `project` is a claim: it chooses among registered projects where the daemon cannot look into `directory`.
    `refused` names the command that the guard did not let run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sentinel: Literal[1]
    relay: str
    directory: AbsolutePath
    locked_tools: Mode = DEFAULT.locked_tools
    longest_wait: LongestWait = DEFAULT.longest_wait
    project: Annotated[str, Field(max_length=PROJECT_ID_LIMIT)] | None = None
    refused: Annotated[str, Field(min_length=1, max_length=REFUSAL_LIMIT)] | None = None

    @property
    def preferences(self) -> Preferences:
        return Preferences(locked_tools=self.locked_tools, longest_wait=self.longest_wait)


class AgentServer:
    """Speaks MCP with agents on a unix socket; `agents` is the engine."""

    def __init__(self, agents: Agents, *, mode: int = 0o600) -> None:
        """`mode` is the socket's: in separated mode the agents' group may write to it."""
        self._agents = agents
        self._mode = mode
        self._elicitations = Elicitations(agents)
        most = share_of_files(4, most=MOST)
        self._connections = Connections(most, most * 3 // 4)

    async def serve(self, path: Path, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Binds `path` and serves until cancelled; a stale socket is replaced, and ours is gone afterwards.

        Raises SocketInUseError where another daemon answers there.
        """
        async with bound(path, mode=self._mode) as listener, anyio.create_task_group() as tasks:
            publisher = Publisher(self._agents, tasks)
            task_status.started()
            await serve_each(listener.accept, lambda stream: self._accept(stream, publisher), tasks)

    async def _accept(self, stream: ByteStream, publisher: Publisher) -> None:
        async with stream:
            try:
                await self._serve_client(stream, publisher)
            except (HandshakeError, TooManyConnectionsError) as error:
                with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                    await stream.send(refusal(error))
            except Exception:  # one client's fault ends that client's connection and no other
                log.exception("connection.failed")

    async def _serve_client(self, stream: ByteStream, publisher: Publisher) -> None:
        lines = LineReader(stream)
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            with self._connections.arriving():
                hello = await read_hello(lines)
            with self._connections.known(peer_uid(stream)):
                await stream.send(ACCEPTED + b"\n")
                await self._serve_known(stream, lines, hello, publisher)

    async def _serve_known(self, stream: ByteStream, lines: LineReader, hello: Hello, publisher: Publisher) -> None:
        if hello.refused is not None:
            await self._record(stream, hello.directory, hello.project, hello.refused)
            return
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            connection = Connection(
                self._agents,
                publisher,
                Calls(
                    self._agents,
                    self._elicitations,
                    Requester(user=peer_name(stream)),
                    longest_wait=hello.longest_wait,
                ),
                open_project=partial(self._agents.open_project, hello.directory, hello.project),
                preferences=hello.preferences,
            )
            try:
                await serve_connection(connection, stream, lines)
            finally:
                connection.close()

    async def _record(self, stream: ByteStream, directory: Path, claimed: str | None, refused: str) -> None:
        """What the guard refused; answered once it is on record."""
        try:
            project_id = await self._agents.open_project(directory, claimed)
            await self._agents.report_refused(project_id, command=refused, by=peer_name(stream))
            answer = ACCEPTED + b"\n"
        except SentinelError as error:
            answer = refusal(error)
        await stream.send(answer)


async def read_hello(lines: LineReader) -> Hello:
    """What the relay said, which ACCEPTED answers. Raises HandshakeError where it is no relay's line."""
    try:
        with anyio.fail_after(HANDSHAKE_SECONDS):
            return Hello.model_validate_json(await lines.read(HANDSHAKE_LIMIT))
    except (TimeoutError, anyio.EndOfStream):
        raise HandshakeError(detail="it said nothing") from None
    except OversizedLineError:
        raise HandshakeError(detail="its first line is too long") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"]) or "the line"
        raise HandshakeError(detail=f"{where} of its first line is not as expected") from None


def refusal(error: SentinelError) -> bytes:
    """The line that says no."""
    said = {"ok": False, "what": error.what, "fix": error.fix, "exit_code": error.exit_code}
    return json.dumps(said).encode() + b"\n"


async def serve_connection(connection: Connection, stream: ByteStream, lines: LineReader) -> None:
    """MCP over an accepted stream, in the era that the client opens with, until either side ends."""
    requests = OpenRequests()
    async with _sending(stream, requests) as outbox, anyio.create_task_group() as tasks:
        connection.outbox = outbox
        to_server, messages = anyio.create_memory_object_stream[SessionMessage | Exception]()
        tasks.start_soon(_read, connection, lines, to_server, outbox, requests)
        await serve_dual_era_loop(
            connection.server,
            messages,
            outbox,
            lifespan_state={},
            init_options=connection.initialization_options(),
        )
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _sending(stream: ByteStream, requests: OpenRequests) -> AsyncIterator[Outbox]:
    """An outbox that is emptied as the client reads; a client that is gone, or reads nothing, ends the block."""
    async with anyio.create_task_group() as tasks:

        def overflow() -> None:
            log.warning("connection.dropped", why="the client does not read")
            tasks.cancel_scope.cancel()

        async def drain() -> None:
            try:
                await outbox.drain()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                tasks.cancel_scope.cancel()

        outbox = Outbox(stream, watch=requests.sent, overflow=overflow)
        tasks.start_soon(drain)
        try:
            yield outbox
        finally:
            await outbox.aclose()
            tasks.cancel_scope.deadline = anyio.current_time() + FLUSH_SECONDS


async def _read(
    connection: Connection,
    lines: LineReader,
    to_server: MemoryObjectSendStream[SessionMessage | Exception],
    outbox: Outbox,
    requests: OpenRequests,
) -> None:
    """Messages for the SDK; what is none is answered here, since the SDK drops it without a word."""
    async with to_server:
        with suppress(anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
            while True:
                try:
                    message = _message(await lines.read(MESSAGE_LIMIT))
                except SentinelError as error:
                    code = types.INVALID_REQUEST if isinstance(error, OversizedLineError) else types.PARSE_ERROR
                    fault = types.ErrorData(code=code, message=str(error))
                    outbox.put(types.JSONRPCError(jsonrpc="2.0", id=None, error=fault))
                    continue
                if requests.is_unasked_approval(message):
                    await connection.report_unasked_answer()
                await to_server.send(SessionMessage(message))


def _message(line: bytes) -> types.JSONRPCMessage:
    try:
        return types.jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        raise BrokenMessageError from None
