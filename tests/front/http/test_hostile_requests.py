"""What a client with a good token may not do: none of it harms another client."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from sentinel.core.values.limits import MESSAGE_LIMIT
from sentinel.front.mcp.http.open_streams import REQUESTS_PER_TOKEN
from sentinel.front.mcp.http.sessions import SESSIONS_PER_TOKEN
from tests.front.http.remote import HEADERS, Remote
from tests.front.http.test_admission import INITIALIZE, MODERN, listing, modern

GARBAGE = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"jsonrpc": "2.0"}', b'{"id": {}}', b"1" * 5000]


@pytest.fixture
async def http(remote: Remote) -> AsyncIterator[httpx2.AsyncClient]:
    async with remote.http(remote.token()[1]) as http:
        yield http


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1:1", "127.0.0.1", "localhost.example.org"])
@pytest.mark.parametrize("era", [{}, MODERN], ids=["2025", "2026"])
async def test_a_host_that_we_are_not_is_refused(
    remote: Remote, http: httpx2.AsyncClient, host: str, era: dict[str, str]
) -> None:
    assert (await http.post(remote.url, json=INITIALIZE, headers={"host": host, **era})).status_code == 421


@pytest.mark.parametrize("era", [{}, MODERN], ids=["2025", "2026"])
async def test_a_web_page_is_refused(remote: Remote, http: httpx2.AsyncClient, era: dict[str, str]) -> None:
    for origin in ("https://example.org", f"http://127.0.0.1:{remote.port}", "null"):
        assert (await http.post(remote.url, json=INITIALIZE, headers={"origin": origin, **era})).status_code == 403


@pytest.mark.parametrize("era", [{}, MODERN], ids=["2025", "2026"])
async def test_a_body_over_the_limit_is_refused(remote: Remote, http: httpx2.AsyncClient, era: dict[str, str]) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MESSAGE_LIMIT // 2**16 + 2):
            yield b" " * 2**16

    assert (await http.post(remote.url, content=b" " * (MESSAGE_LIMIT + 1), headers=era)).status_code == 413
    assert (await http.post(remote.url, content=endless(), headers=era)).status_code == 413


@pytest.mark.parametrize("era", [{}, MODERN], ids=["2025", "2026"])
@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_answered_with_an_error(
    remote: Remote, http: httpx2.AsyncClient, era: dict[str, str], body: bytes
) -> None:
    answer = await http.post(remote.url, content=body, headers=era)
    assert 400 <= answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text


async def test_garbage_within_a_session_leaves_it_as_it_is(remote: Remote, http: httpx2.AsyncClient) -> None:
    session = {"mcp-session-id": (await http.post(remote.url, json=INITIALIZE)).headers["mcp-session-id"]}
    for body in GARBAGE:
        assert 400 <= (await http.post(remote.url, content=body, headers=session)).status_code < 500
    assert (await http.post(remote.url, json=PING, headers=session)).status_code == 200


async def test_nothing_else_is_served(remote: Remote, http: httpx2.AsyncClient) -> None:
    answer = await http.get(remote.url.replace("/mcp", "/metrics"))
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Nothing is served there. MCP is served at /mcp."


async def test_an_unknown_session_is_said_to_be_unknown(remote: Remote, http: httpx2.AsyncClient) -> None:
    for name in ("0" * 32, "../..", "x" * 8000):
        answer = await http.post(remote.url, json=INITIALIZE, headers={"mcp-session-id": name})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32600)


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def opened(remote: Remote, http: httpx2.AsyncClient) -> dict[str, str]:
    """The header that names a new session."""
    answer = await http.post(remote.url, json=INITIALIZE)
    assert answer.status_code == 200
    return {"mcp-session-id": answer.headers["mcp-session-id"]}


async def test_of_too_many_sessions_of_one_token_the_idlest_ends(remote: Remote, http: httpx2.AsyncClient) -> None:
    """Clients that start again and again leave their sessions behind; one with an open stream is in use."""
    async with remote.http(remote.token()[1]) as other:
        bystander = await opened(remote, other)
        first, *rest = [await opened(remote, http) for _ in range(SESSIONS_PER_TOKEN)]
        async with http.stream("GET", remote.url, headers=first) as stream:
            assert stream.status_code == 200
            assert (await http.post(remote.url, json=PING, headers=rest[0])).status_code == 200
            await opened(remote, http)
            lives = [(await http.post(remote.url, json=PING, headers=each)).status_code for each in (first, *rest)]
            assert lives == [200, 200, 404, *[200] * (SESSIONS_PER_TOKEN - 3)]
        assert (await other.post(remote.url, json=PING, headers=bystander)).status_code == 200


async def test_a_request_that_opens_no_session_ends_none(remote: Remote, http: httpx2.AsyncClient) -> None:
    sessions = [await opened(remote, http) for _ in range(SESSIONS_PER_TOKEN)]
    assert (await http.post(remote.url, json=PING)).status_code == 400
    for each in sessions:
        assert (await http.post(remote.url, json=PING, headers=each)).status_code == 200


async def test_one_token_has_so_many_sessions_in_use_and_no_more(remote: Remote) -> None:
    _, secret = remote.token()
    bearer = {**HEADERS, "authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=bearer, limits=httpx2.Limits(max_connections=None), timeout=20) as many:
        for _ in range(SESSIONS_PER_TOKEN):
            request = many.build_request("GET", remote.url, headers=await opened(remote, many))
            assert (await many.send(request, stream=True)).status_code == 200
        refused = await many.post(remote.url, json=INITIALIZE)
        assert refused.status_code == 503
        assert refused.json()["error"]["message"].startswith("No more than 16 sessions can be open with one token.")


async def test_what_opens_no_session_leaves_none_behind(remote: Remote, http: httpx2.AsyncClient) -> None:
    for _ in range(SESSIONS_PER_TOKEN + 1):
        assert (await http.post(remote.url, json=PING)).status_code == 400
    assert (await http.post(remote.url, json=INITIALIZE)).status_code == 200


async def test_one_token_has_so_many_streams_and_no_more(remote: Remote) -> None:
    _, secret = remote.token()
    listen = modern("subscriptions/listen", notifications={"toolsListChanged": True})
    headers = {**MODERN, "mcp-method": "subscriptions/listen"}
    bearer = {**HEADERS, "authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=bearer, limits=httpx2.Limits(max_connections=None), timeout=20) as many:
        for _ in range(REQUESTS_PER_TOKEN):
            request = many.build_request("POST", remote.url, json=listen, headers=headers)
            assert (await many.send(request, stream=True)).status_code == 200
        refused = await listing(remote, secret)
        assert refused.status_code == 429
        assert refused.json()["error"]["message"].startswith("This token has 64 requests open already.")
        assert (await listing(remote, remote.token()[1])).status_code == 200
