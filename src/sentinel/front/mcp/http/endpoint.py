"""Where remote agents are answered: who asks, whether there is room, and in which era."""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl

import mcp_types as types
import structlog
from anyio.abc import TaskGroup
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.streamable_http import LAST_EVENT_ID_HEADER
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import RequestBodyLimitMiddleware, TransportSecuritySettings
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import AnyHttpUrl, ValidationError
from starlette.datastructures import Headers
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentinel.core.access.tokens import OAuth, Token
from sentinel.core.release.model import Requester
from sentinel.core.values.limits import MESSAGE_LIMIT
from sentinel.core.values.printable import printable
from sentinel.engine.agents import Agents
from sentinel.engine.tokens import Tokens
from sentinel.errors import SentinelError
from sentinel.errors.connection import (
    DaemonStopsError,
    InternalError,
    IssuerUnreachableError,
    TokenEndedError,
    TooManyRequestsError,
    TooManySessionsError,
    UnknownPathError,
    UnknownSessionError,
    UrlParameterError,
)
from sentinel.errors.store import StoreUnavailableError
from sentinel.front.bad_argument import SHOWN
from sentinel.front.mcp.calls import Calls
from sentinel.front.mcp.connection import Connection
from sentinel.front.mcp.elicitation import Elicitations
from sentinel.front.mcp.http.open_streams import OpenStreams
from sentinel.front.mcp.http.sessions import Sessions
from sentinel.front.mcp.notify import Publisher
from sentinel.front.mcp.tools import Preferences

PATH = "/mcp"
REMEMBERED_CLIENTS = 1000
_LAST_EVENT_ID = LAST_EVENT_ID_HEADER.encode()
STATUSES: Mapping[type[SentinelError], int] = {
    TokenEndedError: 401,
    UrlParameterError: 400,
    UnknownPathError: 404,
    UnknownSessionError: 404,
    TooManyRequestsError: 429,
    TooManySessionsError: 503,
    DaemonStopsError: 503,
    IssuerUnreachableError: 503,
    StoreUnavailableError: 503,
}
"""What each refusal is in HTTP; any other one is 500."""

log = structlog.get_logger(__name__)


class Endpoint:
    """Serves `PATH` in both eras."""

    def __init__(
        self,
        agents: Agents,
        tokens: Tokens,
        tasks: TaskGroup,
        security: TransportSecuritySettings,
        oauth: OAuth | None = None,
    ) -> None:
        self._agents = agents
        self._security = security
        self._publisher = Publisher(agents, tasks)
        self._elicitations = Elicitations(agents)
        self._calls: dict[tuple[str, Preferences], Calls] = {}
        self.streams = OpenStreams(tokens, tasks)
        self._sessions = Sessions(self._connect, self.streams, tasks, security)
        self._whole = whole(self._in_era)
        self._app = authenticated(self._answer, tokens, oauth)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = _Reply(send)
        try:
            await self._app(scope, receive, reply)
        except SentinelError as error:
            await reply.refuse(error, scope, receive)
        except Exception:
            fault = InternalError(id=secrets.token_hex(4))
            log.exception("request.failed", what=fault.what)
            await reply.refuse(fault, scope, receive)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH:
            raise UnknownPathError(path=PATH)
        with self.streams.request(bearer_token(scope)):
            await self._whole(scope, receive, send)
            return
        raise DaemonStopsError if self.streams.stopping else TokenEndedError

    async def _in_era(self, scope: Scope, receive: Receive, send: Send) -> None:
        """By the header, as the SDK does: the 2025 era has sessions, in the 2026 era each request stands alone."""
        token, preferences = bearer_token(scope), preferences_of(scope["query_string"])
        scope = _anew(scope)
        version = Headers(scope=scope).get(MCP_PROTOCOL_VERSION_HEADER)
        if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS:
            await self._sessions.answer(token, preferences, scope, receive, send)
            return
        connection = self._new_connection(token, preferences, self._calls_of(token, preferences))
        manager = StreamableHTTPSessionManager(connection.server, stateless=True, security_settings=self._security)
        try:
            async with manager.run():
                await manager.handle_request(scope, receive, send)
        finally:
            connection.close()

    def _connect(self, token: Token, preferences: Preferences) -> Connection:
        return self._new_connection(token, preferences, self._new_calls(token, preferences))

    def _calls_of(self, token: Token, preferences: Preferences) -> Calls:
        """What a client of the 2026 era saw last, of the latest clients: an issuer may name any number."""
        key = (token.id, preferences)
        calls = self._calls.pop(key) if key in self._calls else self._new_calls(token, preferences)
        self._calls[key] = calls
        if len(self._calls) > REMEMBERED_CLIENTS:
            del self._calls[next(iter(self._calls))]
        return calls

    def _new_calls(self, token: Token, preferences: Preferences) -> Calls:
        requester = Requester(token=token.name)
        return Calls(self._agents, self._elicitations, requester, longest_wait=preferences.longest_wait)

    def _new_connection(self, token: Token, preferences: Preferences, calls: Calls) -> Connection:
        async def project() -> str:
            return token.project

        return Connection(self._agents, self._publisher, calls, open_project=project, preferences=preferences)


def _anew(scope: Scope) -> Scope:
    """Starts a new stream if a client resumes one: no event is kept, and the SDK would not answer at all."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != _LAST_EVENT_ID]
    return {**scope, "headers": kept}


class _Reply:
    """What is sent to the client; it always ends in order."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._ended = False

    async def __call__(self, message: Message) -> None:
        self._started = True
        self._ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def refuse(self, error: SentinelError, scope: Scope, receive: Receive) -> None:
        """Sends what is wrong if nothing was sent yet; else ends the stream."""
        if self._ended:
            return
        if self._started:
            with suppress(OSError):
                await self({"type": "http.response.body", "body": b"", "more_body": False})
            return
        status = STATUSES.get(type(error), 500)
        fault = {"code": types.INTERNAL_ERROR if status >= 500 else types.INVALID_REQUEST, "message": str(error)}
        body = json.dumps({"jsonrpc": "2.0", "id": None, "error": fault})
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else None
        await Response(body, status, headers, "application/json")(scope, receive, self)


NAMES = {"locked-tools": "locked_tools", "longest-wait": "longest_wait"}
_EXPECTED = {"locked_tools": "hide or reject", "longest_wait": "a number of seconds from 1 to 3600"}


def preferences_of(query: bytes) -> Preferences:
    """Raises UrlParameterError: a misspelled choice would silently be another one."""
    chosen: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("ascii", "replace"), keep_blank_values=True):
        field = NAMES.get(name)
        if field is None:
            raise _refused(name, "such a parameter", " or ".join(NAMES))
        if field in chosen:
            raise _refused(name, "it twice", "it once")
        chosen[field] = value
    try:
        return Preferences.model_validate_strings(chosen)
    except ValidationError as error:
        field = str(error.errors(include_url=False)[0]["loc"][0])
        name = next(name for name, known in NAMES.items() if known == field)
        raise _refused(name, repr(chosen[field]), _EXPECTED[field]) from None


def _refused(name: str, found: str, expected: str) -> UrlParameterError:
    shown = printable(name, limit=SHOWN)
    return UrlParameterError(name=shown, found=printable(found, limit=SHOWN), expected=expected)


def whole(app: ASGIApp) -> ASGIApp:
    """`app` for requests that arrived completely and within the limit; a client that left earlier gets no answer."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        waiting = [await receive()]  # the limit has collected the body: more of it is still to come where it broke off
        if waiting[0]["type"] != "http.request" or waiting[0].get("more_body", False):
            return

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await app(scope, again, send)

    return RequestBodyLimitMiddleware(answer, MESSAGE_LIMIT)


class Access(AccessToken):
    """What the SDK knows about a bearer, and the token."""

    granted: Token


class Verifier:
    """Holds what a request bears against the good tokens, each time: a revoked one ends with the next request."""

    def __init__(self, tokens: Tokens, resource: str | None) -> None:
        self._tokens = tokens
        self._resource = resource

    async def verify_token(self, token: str) -> Access | None:
        """Whoever admits a token has seen that it is for us, whose URL is `resource`."""
        granted = await self._tokens.admit(token)
        if granted is None:
            return None
        return Access(token="", client_id=granted.id, scopes=[granted.role], resource=self._resource, granted=granted)


def authenticated(app: ASGIApp, tokens: Tokens, oauth: OAuth | None) -> ASGIApp:
    """`app` for bearers of a good token."""
    if oauth is None:
        required = RequireAuthMiddleware(app, [])
        return AuthenticationMiddleware(required, backend=BearerAuthBackend(Verifier(tokens, None)))
    resource = AnyHttpUrl(oauth.audience)
    required = RequireAuthMiddleware(app, [], build_resource_metadata_url(resource))
    backend = BearerAuthBackend(Verifier(tokens, oauth.audience), resource_server_url=resource)
    routes = create_protected_resource_routes(resource, [AnyHttpUrl(oauth.issuer)], list(oauth.scopes), "Sentinel")
    return Router(routes, redirect_slashes=False, default=AuthenticationMiddleware(required, backend=backend))


def bearer_token(scope: Scope) -> Token:
    access: Access = scope["user"].access_token
    return access.granted
