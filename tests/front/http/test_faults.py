"""What may go wrong under a session: it is said without a word too much, and whoever comes next is served."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.shared._context_streams import create_context_streams
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification

from sentinel.core.access.tokens import Token
from sentinel.daemon_file import Listen
from sentinel.engine.tokens import Tokens
from sentinel.errors.store import StoreUnavailableError
from sentinel.front import http_serving
from sentinel.front.mcp.http import listen, open_streams, sessions
from sentinel.front.mcp.http.listen import HttpServer, Listening
from sentinel.front.mcp.http.sessions import UNSENT_LIMIT, SessionOutbox
from tests.front.http.remote import HEADERS
from tests.front.http.test_admission import INITIALIZE
from tests.front.mcp import documents
from tests.front.mcp.conftest import until
from tests.front.mcp.memory_agents import PROJECT, MemoryAgents, MemoryWatch

TOKEN = Token(
    id="t1", project=PROJECT, name="ci", role="agent", by="person:me", created_at=datetime(2026, 11, 1, tzinfo=UTC)
)
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
PING = {"jsonrpc": "2.0", "id": 3, "method": "ping"}
CHANGED = JSONRPCNotification(jsonrpc="2.0", method="notifications/tools/list_changed")


@dataclass
class MemoryTokens(Tokens):
    """Lets everybody in, as long as nothing is wrong."""

    agents: MemoryAgents
    fault: Exception | None = None
    left: float = 1000.0
    looks: list[float] = field(default_factory=list)

    async def admit(self, _secret: str) -> Token | None:
        if self.fault is not None:
            raise self.fault
        return TOKEN

    async def seconds_left(self, _token: Token) -> float:
        self.looks.append(self.left)
        if self.fault is not None:
            raise self.fault
        return self.left

    def watch(self, project_id: str) -> AbstractAsyncContextManager[MemoryWatch]:
        return self.agents.watch(project_id)


class Port:
    """The task status and the log of a server, of which the port is what we want to know."""

    def __init__(self) -> None:
        self.number: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def started(self, _value: object = None) -> None:
        """The port is known by then."""

    def info(self, _event: str, **said: Any) -> None:
        if "port" in said:
            self.number.set_result(said["port"])


@dataclass
class Served:
    agents: MemoryAgents
    tokens: MemoryTokens
    http: httpx2.AsyncClient
    url: str

    async def post(self, body: object, session: str | None = None) -> httpx2.Response:
        named = {"mcp-session-id": session} if session is not None else {}
        return await self.http.post(self.url, json=body, headers=named)

    async def session(self) -> str:
        """One whose client has read the list."""
        opened = str((await self.post(INITIALIZE)).headers["mcp-session-id"])
        await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, opened)
        assert (await self.post(LIST, opened)).status_code == 200
        return opened


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    agents = MemoryAgents()
    tokens, port = MemoryTokens(agents), Port()
    monkeypatch.setattr(listen, "log", port)
    server = HttpServer(agents, tokens, Listening("127.0.0.1:0", Path("daemon.toml"), Listen()))
    serving = asyncio.create_task(server.serve(task_status=port))
    number = await asyncio.wait_for(port.number, 10)
    async with httpx2.AsyncClient(headers={**HEADERS, "authorization": "Bearer good"}, timeout=10) as http:
        yield Served(agents, tokens, http, f"http://127.0.0.1:{number}/mcp")
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def test_a_store_that_cannot_be_reached_is_said(served: Served) -> None:
    served.tokens.fault = StoreUnavailableError(detail="disk full")
    answer = await served.post(INITIALIZE)
    assert answer.status_code == 503
    assert answer.json()["error"]["message"].startswith("The store cannot be reached: disk full.")
    served.tokens.fault = None
    assert (await served.post(INITIALIZE)).status_code == 200


async def test_a_fault_of_ours_is_told_by_its_number_alone(served: Served) -> None:
    served.tokens.fault = RuntimeError("a secret of the daemon's")
    answer = await served.post(INITIALIZE)
    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("Internal error ")
    assert "secret" not in answer.text
    served.tokens.fault = None
    assert (await served.post(INITIALIZE)).status_code == 200


async def test_a_session_that_nobody_uses_is_ended(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "IDLE_SECONDS", 0.2)
    session = await served.session()
    assert (await served.post(PING, session)).status_code == 200
    await until(lambda: not served.agents.watches)
    assert (await served.post(PING, session)).status_code == 404


async def test_a_client_is_told_later_what_changed_while_it_had_no_stream(served: Served) -> None:
    session = await served.session()
    served.agents.become(documents.active())
    busy = await served.session()
    start = {"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "release_status", "arguments": {}}}
    assert (await served.post(start, busy)).status_code == 200  # by now everybody was told
    async with served.http.stream("GET", served.url, headers={"mcp-session-id": session}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                assert json.loads(line.removeprefix("data:"))["method"] == CHANGED.method
                break


async def test_a_stream_that_a_client_would_resume_is_opened_anew(served: Served) -> None:
    session = await served.session()
    headers = {"mcp-session-id": session, "last-event-id": "7"}
    async with served.http.stream("GET", served.url, headers=headers) as stream:
        assert stream.status_code == 200


async def test_an_answer_to_a_form_that_nobody_sent_is_a_finding(served: Served) -> None:
    session = await served.session()
    answer = {"jsonrpc": "2.0", "id": 77, "result": {"action": "accept", "content": {"confirmation": "DEPLOY-NOW"}}}
    assert (await served.post(answer, session)).status_code == 202
    await until(lambda: served.agents.reports)
    ((severity, _),) = served.agents.reports
    assert severity == "high"


async def test_a_token_is_looked_at_again_after_a_fault(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_streams, "RETRY_SECONDS", 0.01)
    session = await served.session()
    async with served.http.stream("GET", served.url, headers={"mcp-session-id": session}) as stream:
        served.tokens.fault = StoreUnavailableError(detail="disk full")
        served.agents.wake()
        await until(lambda: len(served.tokens.looks) > 3)
        served.tokens.fault = None
        served.tokens.left = 0
        await asyncio.wait_for(stream.aread(), 10)
    await until(lambda: not served.agents.watches)


async def test_a_session_that_is_not_read_is_given_up() -> None:
    dropped: list[bool] = []
    sending, receiving = create_context_streams[SessionMessage](0)
    outbox = SessionOutbox(sending, watch=lambda _: None, overflow=lambda: dropped.append(True))
    for _ in range(UNSENT_LIMIT + 1):
        outbox.put(CHANGED)
    assert dropped == [True]
    sending.close()
    receiving.close()


async def strangers(served: Served, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has shown nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.split(":")[2].partition("/")[0]))
    writer.write(said)
    return reader, writer


@pytest.mark.parametrize("said", [b"", b"POST /mcp HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTT"])
async def test_a_connection_that_asks_for_nothing_is_ended(
    served: Served, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(http_serving, "HEAD_SECONDS", 0.2)
    reader, writer = await strangers(served, said)
    with suppress(ConnectionResetError):
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_a_stream_outlasts_that(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    look = http_serving.PatientProtocol._end_or_look_again  # noqa: SLF001 - a timer has no other name

    def counted(self: http_serving.PatientProtocol, last: object) -> None:
        looks.append(last)
        look(self, last)

    monkeypatch.setattr(http_serving.PatientProtocol, "_end_or_look_again", counted)
    monkeypatch.setattr(http_serving, "HEAD_SECONDS", 0.05)
    session = await served.session()
    async with served.http.stream("GET", served.url, headers={"mcp-session-id": session}) as stream:
        looks.clear()
        await until(lambda: len(looks) > 5)
        served.agents.become(documents.active())
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                break


async def test_connections_beyond_the_limit_are_ended_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_serving, "connection_limit", lambda: 2)
    opened = [await strangers(served, b"") for _ in range(4)]
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(opened[-1][0].read(), 5) == b""
    for _, writer in opened:
        writer.close()


CHUNKED = b"POST /mcp HTTP/1.1\r\nhost: @\r\ntransfer-encoding: chunked\r\n"
BEARING = (
    CHUNKED
    + b"authorization: Bearer good\r\naccept: application/json, text/event-stream\r\n"
    + b"content-type: application/json\r\n\r\n"
)


@pytest.mark.parametrize(
    "said",
    [CHUNKED + b"\r\nzz\r\n", BEARING + b"zz\r\n", BEARING + b"5\r\nab", BEARING + b"1\r\n{\r\n"],
    ids=["nobody's", "not chunked", "cut in a chunk", "cut between chunks"],
)
async def test_a_request_that_breaks_off_is_no_fault_of_ours(
    served: Served, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], said: bytes
) -> None:
    reader, writer = await strangers(served, said.replace(b"@", served.url.split("/")[2].encode()))
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 ")), answer
    writer.close()
    assert (await served.post(INITIALIZE)).status_code == 200
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "request.failed" not in capsys.readouterr().out
