"""One client's connection: its SDK server, the computed list, and the calls with their answers."""

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import anyio
import mcp_types as types
import structlog
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ToolsListChanged
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from sentinel import VERSION
from sentinel.core.tools.next_steps import attention
from sentinel.core.tools.status import ReleaseStatus
from sentinel.engine.agents import Agents
from sentinel.errors import SentinelError
from sentinel.errors.connection import InternalError, TooManyCallsError
from sentinel.front.mcp.calls import CallResult, Calls, shows
from sentinel.front.mcp.elicitation import unasked
from sentinel.front.mcp.notify import Publisher
from sentinel.front.mcp.outgoing import Announcing
from sentinel.front.mcp.tools import (
    Preferences,
    instructions,
    listed_tools,
    refused_status,
    signature,
    status_result,
    unopened_signature,
    unopened_tools,
)

CALL_LIMIT = 32
"""Calls, and requests for the list, that one connection may have open at once: more of them delay everybody else."""
LISTEN_LIMIT = 4
"""`subscriptions/listen` streams of one connection."""

_TOOLS_CHANGED = types.JSONRPCNotification(jsonrpc="2.0", method="notifications/tools/list_changed")

Context = ServerRequestContext[Any, Any]
log = structlog.get_logger(__name__)


class Connection:
    """Serves one client, in either era; `project_id` is None as long as `open_project` finds none.

    Over HTTP, each request of the 2026 era is a connection too.
    """

    def __init__(
        self,
        agents: Agents,
        publisher: Publisher,
        calls: Calls,
        *,
        open_project: Callable[[], Awaitable[str]],
        preferences: Preferences,
    ) -> None:
        self.mode = preferences.locked_tools
        self._preferences = preferences
        self.known: str | None = None
        self.project_id: str | None = None
        self._agents = agents
        self._publisher = publisher
        self._calls = calls
        self._open_project = open_project
        self._until_end = ExitStack()
        self._open_calls = 0
        self._session: ServerSession | None = None
        self._streams = 0
        self.outbox: Announcing | None = None
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus, max_subscriptions=LISTEN_LIMIT)
        self.server = self._new_server()

    def _new_server(self) -> Server[Any]:
        server: Server[Any] = Server(
            "sentinel",
            version=VERSION,
            title="Sentinel",
            instructions=instructions(self._preferences.longest_wait),
            get_tool_input_schema=_no_headers,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_subscriptions_listen=self._stream_changes,
        )
        server.add_notification_handler("notifications/initialized", types.NotificationParams, self._initialized)
        return server

    def initialization_options(self) -> InitializationOptions:
        """The 2025 era is told that the list changes, which the SDK does not do by itself."""
        return self.server.create_initialization_options(NotificationOptions(tools_changed=True))

    def close(self) -> None:
        self._until_end.close()

    def notify_tools_changed(self) -> None:
        """The 2025 era, past the SDK: through it the last client is told after the first has read its list."""
        if self._session is not None and self.outbox is not None:
            with suppress(anyio.ClosedResourceError):
                self.outbox.put(_TOOLS_CHANGED)

    def tell_again(self) -> None:
        """What was told while the client had no stream open that it could have heard it on."""
        if self._calls.read.signature != self.known:
            self.notify_tools_changed()

    async def publish_tools_changed(self) -> None:
        """The 2026 era, to the streams that asked for it; it does not wait for the client."""
        if self._streams:
            await self._bus.publish(ToolsListChanged())

    async def report_unasked_answer(self) -> None:
        """A response on the wire accepts a form that nobody has out."""
        if self.project_id is not None:
            await unasked(self._agents, self.project_id)

    async def _initialized(self, ctx: Context, _params: types.NotificationParams | None) -> None:
        self._meet(ctx)

    def _meet(self, ctx: Context) -> None:
        """A 2025-era session can be told of changes from the moment it is known."""
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self._session = ctx.session

    async def _stream_changes(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        self._streams += 1
        self._calls.streams += 1
        if self.known is None:  # over HTTP the list was read by another request
            with suppress(SentinelError):
                self.known = signature(*await self._agents.project(await self._open()), self.mode)
        try:
            return await self._listen(ctx, params)
        finally:
            self._streams -= 1
            self._calls.streams -= 1

    async def _open(self) -> str:
        """The project; looked for again until there is one, so that `sentinel init` needs no reconnection."""
        if self.project_id is None:
            project_id = await self._open_project()
            if self.project_id is None:  # no other call has opened it meanwhile
                self.project_id = project_id
                self._until_end.enter_context(self._publisher.listening(project_id, self))
        return self.project_id

    async def _list_tools(self, ctx: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        self._meet(ctx)
        try:
            with self._room():
                return await self._list()
        except TooManyCallsError as error:
            raise MCPError(types.INVALID_REQUEST, str(error)) from None

    async def _list(self) -> types.ListToolsResult:
        try:
            project, now = await self._agents.project(await self._open())
            result = listed_tools(project, now, self._preferences)
            self.known = signature(project, now, self.mode)
        except SentinelError as error:
            result = unopened_tools(error, self._preferences)
            self.known = unopened_signature(error, self.mode)
        except Exception as error:  # noqa: BLE001 - a client is told an id, whatever it was
            raise MCPError(types.INTERNAL_ERROR, str(_logged(error, "tools/list"))) from None
        self._calls.read.note(self.known)
        return result

    async def _call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> CallResult:
        self._meet(ctx)
        began = anyio.current_time()
        try:
            with self._room():
                result = await self._answer(ctx, params)
        except TooManyCallsError as error:  # without a look at the project, of which a flood would need thousands
            return status_result(self._refused(error, None))
        await self._publish(result, began)
        return result

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Raises TooManyCallsError."""
        if self._open_calls >= CALL_LIMIT:
            raise TooManyCallsError(limit=CALL_LIMIT)
        self._open_calls += 1
        try:
            yield
        finally:
            self._open_calls -= 1

    async def _answer(self, ctx: Context, params: types.CallToolRequestParams) -> CallResult:
        """Every fault is an answer: an agent can act on those, and a JSON-RPC error would be shown to nobody."""
        try:
            return await self._calls.answer(await self._open(), ctx, params)
        except SentinelError as error:
            return status_result(self._refused(error, await self._status()))
        except Exception as error:  # noqa: BLE001 - the same
            return status_result(self._refused(_logged(error, params.name), await self._status()))

    def _refused(self, error: SentinelError, status: ReleaseStatus | None) -> ReleaseStatus:
        return refused_status(self._agents.mask(error.what), self._agents.mask(error.fix), status)

    async def _status(self) -> ReleaseStatus | None:
        try:
            if self.project_id is None:
                return None
            return await self._agents.status(self.project_id, wait=self._calls.next_wait())
        except Exception:  # noqa: BLE001 - the refusal that this belongs to is told all the same
            return None

    async def _publish(self, result: CallResult, began: float) -> None:
        """What has changed is told before the answer, which then waits for the client to have read the list."""
        if self.project_id is None:
            return
        try:
            project, now = await self._publisher.refresh(self.project_id)
            if self.known is None and self._calls.read.signature is not None:  # read on another connection
                self.known = signature(project, now, self.mode)
            if isinstance(result, types.CallToolResult) and shows(result.structured_content or {}, project):
                self._calls.seen = attention(project, now)
        except Exception as error:  # noqa: BLE001 - the call itself was answered
            _logged(error, "tools/list_changed")
        if self._session is not None or self._calls.streams > 0:
            await self._calls.read.settle(lambda: self.known, began)


def _no_headers(_tool: str) -> None:
    """No argument of ours has an HTTP header of its own; else the SDK would make the list for every call."""


def _logged(error: Exception, what: str) -> InternalError:
    """The client is told an id and nothing of the fault itself."""
    error_id = secrets.token_hex(4)
    log.error("call.failed", id=error_id, what=what, exc_info=error)
    return InternalError(id=error_id)
