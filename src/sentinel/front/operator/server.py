"""The daemon's side of the operator socket: the system says who asks, not the request."""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import anyio
import structlog
from anyio.abc import SocketStream, TaskStatus
from pydantic import Field, JsonValue, ValidationError
from pydantic_core import to_jsonable_python

from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import PROJECT_ID_LIMIT
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Api
from sentinel.errors import SentinelError
from sentinel.errors.connection import BrokenMessageError, InternalError, TooManyConnectionsError, UnknownCommandError
from sentinel.front.bad_argument import bad_input
from sentinel.front.connections import Connections, serve_each
from sentinel.front.console.server import ConsoleServer
from sentinel.front.unix_sockets import AbsolutePath, Admission, LineReader, bound, peer_uid, user_name

LINE_LIMIT = 160 * 1024 * 1024
"""Bytes of one request: the largest SARIF document that is imported, with every character escaped, fits."""
STOP, CONSOLE, SIGN_OUT = "stop", "console", "console_sign_out"
"""Requests to the daemon itself, about no project."""
MOST = 64
"""Connections at once, of all people."""

log = structlog.get_logger(__name__)


class Request(Frozen):
    """One line of a client; `directory` is anywhere in the governed repository, None for `stop`.

    `project` is its id, as the client claims, for a daemon that cannot look there. `screen` is where the answer will be
    printed: the answer then has its text.
    """

    command: str
    directory: AbsolutePath | None = None
    project: Annotated[str, Field(max_length=PROJECT_ID_LIMIT)] | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    screen: Screen | None = None


class OperatorServer:
    """Answers the command line; `stop` ends the daemon."""

    def __init__(self, api: Api, stop: Callable[[], None], admission: Admission, console: ConsoleServer) -> None:
        """`admission` raises for a user who may not ask."""
        self._api = api
        self._console = console
        self._stop = stop
        self._admission = admission
        self._stopping = False
        self._connections = Connections(MOST, MOST // 2)

    async def serve(self, path: Path, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Binds `path` and serves until cancelled. Raises SocketInUseError."""
        async with bound(path, mode=self._admission.socket_mode) as listener, anyio.create_task_group() as tasks:
            task_status.started()
            await serve_each(listener.accept, self._accept, tasks)

    async def _accept(self, stream: SocketStream) -> None:
        async with stream:
            lines, uid = LineReader(stream), peer_uid(stream)
            try:
                with self._connections.arriving():
                    line = await self._line(lines)
                with self._connections.known(uid):
                    while True:
                        await stream.send(await self._reply(line, uid) + b"\n")
                        if self._stopping:
                            self._stop()
                        line = await self._line(lines)
            except TooManyConnectionsError as error:
                with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                    await stream.send(json.dumps(_refusal(error, self._api.mask)).encode() + b"\n")
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

    async def _line(self, lines: LineReader) -> bytes | SentinelError:
        """The next request, or what is wrong with it."""
        try:
            return await lines.read(LINE_LIMIT)
        except SentinelError as error:
            return error

    async def _reply(self, line: bytes | SentinelError, uid: int) -> bytes:
        try:
            person = user_name(uid)
            self._admission.check(uid, person)
            request = _request(line)
            reply = {"ok": True, **await self._carry_out(request, person, uid)}
        except SentinelError as error:
            reply = _refusal(error, self._api.mask)
        except Exception:
            fault = InternalError(id=secrets.token_hex(4))
            log.exception("command failed", what=fault.what)
            reply = _refusal(fault, self._api.mask)
        return json.dumps(reply).encode()

    async def _carry_out(self, request: Request, person: str, uid: int) -> dict[str, JsonValue]:
        """The data of the answer, and its text where the client has named a screen."""
        by = f"person:{person}"
        if request.command == CONSOLE:
            return {"result": await self._console.link(person, uid)}
        if request.command == SIGN_OUT:
            return {"result": self._console.sign_out()}
        if request.command == STOP:
            log.info("stopping", by=by)
            self._stopping = True
            return {"result": {"pid": os.getpid()}}
        asked = self._api.requests.get(request.command)
        if asked is None or request.directory is None:
            raise UnknownCommandError(name=printable(request.command, limit=60))
        try:
            arguments = asked.model_validate(request.arguments)
        except ValidationError as error:
            raise bad_input(error) from None
        project = await self._api.open_project(request.directory, request.project) if asked.about_project else ""
        result = await self._api.ask(by, project, arguments)
        text = {} if request.screen is None else {"text": arguments.render(result, request.screen)}
        return {"result": to_jsonable_python(result), **text}


def _request(line: bytes | SentinelError) -> Request:
    if isinstance(line, SentinelError):
        raise line
    try:
        return Request.model_validate_json(line)
    except ValidationError:
        raise BrokenMessageError from None


def _refusal(error: SentinelError, mask: Callable[[str], str]) -> dict[str, JsonValue]:
    return {
        "ok": False,
        "rule": error.rule(),
        "what": mask(error.what),
        "fix": mask(error.fix),
        "exit_code": error.exit_code,
    }
