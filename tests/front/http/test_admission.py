"""Who is let in: whoever bears a good token, to its project alone, for as long as it is good."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.adapters.http_services import until
from tests.front.http.remote import Remote
from tests.front.mcp.raw import ENVELOPE
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import history
from tests.protocol.small import Small, two_services

SECONDS = 20.0
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bare", "version": "1"}},
}
MODERN = {"mcp-protocol-version": "2026-07-28"}


def modern(method: str, **params: Any) -> dict[str, Any]:
    """The body of a request of the 2026 era."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": ENVELOPE}}


async def listing(remote: Remote, secret: str | None) -> httpx2.Response:
    async with remote.http(secret, **MODERN, **{"mcp-method": "tools/list"}) as http:
        return await http.post(remote.url, json=modern("tools/list"))


def assert_not_let_in(response: httpx2.Response) -> None:
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer error=")
    assert "tools" not in response.text


@pytest.mark.parametrize("secret", [None, ".", "sentinel_wrong", "x" * 5000, "Bearer", "\x80\xff"])
@pytest.mark.parametrize("path", ["/mcp", "/", "/.well-known/oauth-protected-resource"])
async def test_without_a_token_there_is_nothing_to_see(remote: Remote, secret: str | None, path: str) -> None:
    async with remote.http(None) as http:
        bearer = {"authorization": b"Bearer " + secret.encode("latin-1")} if secret is not None else {}
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            url = remote.url.replace("/mcp", path)
            assert_not_let_in(await http.request(method, url, headers=bearer, content=b"{}"))  # type: ignore[arg-type]


async def test_a_token_elsewhere_than_in_its_header_is_none(remote: Remote) -> None:
    _, secret = remote.token()
    async with remote.http(None) as http:
        for url, headers in (
            (f"{remote.url}?access_token={secret}", {}),
            (remote.url, {"cookie": f"authorization=Bearer {secret}"}),
            (remote.url, {"authorization": f"Basic {secret}"}),
        ):
            assert_not_let_in(await http.post(url, headers=headers, json=INITIALIZE))


async def test_a_revoked_token_is_refused_at_the_next_request(remote: Remote) -> None:
    named, secret = remote.token()
    assert (await listing(remote, secret)).status_code == 200
    remote.revoke(named)
    assert_not_let_in(await listing(remote, secret))


async def test_an_expired_token_is_refused(remote: Remote) -> None:
    _, secret = remote.token(expires="1s")
    good = await listing(remote, secret)
    assert good.status_code == 200
    async with asyncio.timeout(SECONDS):
        while (last := await listing(remote, secret)).status_code == 200:
            pass
    assert_not_let_in(last)


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_open_streams_end_with_their_token(remote: Remote, how: str) -> None:
    named, secret = remote.token(expires="3s" if how == "expired" else None)
    other_id, other = remote.token()
    listen = modern("subscriptions/listen", notifications={"toolsListChanged": True})
    async with remote.http(secret) as http, remote.http(other) as bystander, asyncio.timeout(SECONDS):
        opened = await http.post(remote.url, json=INITIALIZE)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        modern_stream = http.stream(
            "POST", remote.url, json=listen, headers={**MODERN, "mcp-method": "subscriptions/listen"}
        )
        kept = bystander.stream(
            "POST", remote.url, json=listen, headers={**MODERN, "mcp-method": "subscriptions/listen"}
        )
        async with modern_stream as new, http.stream("GET", remote.url, headers=session) as old, kept as others:
            assert (new.status_code, old.status_code, others.status_code) == (200, 200, 200)
            if how == "revoked":
                remote.revoke(named)
            await old.aread()
            assert "subscriptions/acknowledged" in (await new.aread()).decode()
            assert_not_let_in(await http.get(remote.url, headers=session))
            assert not others.is_stream_consumed
    remote.revoke(other_id)


async def test_a_token_opens_its_own_project_alone(remote: Remote, small: Small) -> None:
    with two_services() as services:
        other_small = Small.create(small.root.parent, f"{small.id}-other", *services)
        other = Installation(remote.site.home, other_small.root)
        other.pin()
        _, mine = remote.token()
        _, theirs = remote.token(other)
        async with remote.client("2025", mine) as first, remote.client("2026", theirs) as second:
            await agent.good(first, "start_sprint", name="One")
            assert ((await agent.state(first))["state"], (await agent.state(second))["state"]) == ("ACTIVE", "IDLE")
            assert await agent.names(second) == agent.IDLE


async def test_a_session_belongs_to_the_token_that_opened_it(remote: Remote) -> None:
    (_, first), (_, second) = remote.token(), remote.token()
    async with remote.http(first) as owner, remote.http(second) as stranger:
        session = {"mcp-session-id": (await owner.post(remote.url, json=INITIALIZE)).headers["mcp-session-id"]}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await stranger.post(remote.url, json=ping, headers=session)).status_code == 404
        assert (await stranger.delete(remote.url, headers=session)).status_code == 404
        assert (await owner.post(remote.url, json=ping, headers=session)).status_code == 200
        assert (await owner.delete(remote.url, headers=session)).status_code == 200
        assert (await owner.post(remote.url, json=ping, headers=session)).status_code == 404


async def test_tokens_are_made_listed_and_revoked_at_the_command_line(remote: Remote) -> None:
    site = remote.site
    created = site.confirmed("token", "create", "--name", "ci  machine", "--role", "agent", "--expires", "8h")
    assert created.code == 0, created.err
    secret = created.out.strip()
    assert (await listing(remote, secret)).status_code == 200
    (listed,) = site.run("token", "list", "--json").json["tokens"]
    assert (listed["name"], listed["role"], len(listed["used_on"])) == ("ci machine", "agent", len("2026-11-25"))
    assert site.confirmed("token", "revoke", "0000").err.startswith("sentinel: This project has no token 0000.\n")
    assert site.confirmed("token", "revoke", listed["id"]).out.startswith(f"Revoked: {listed['id']}  agent  ci machine")
    assert_not_let_in(await listing(remote, secret))
    assert site.run("token", "list").out == "No token.\n"
    told = [entry for entry in history(site) if entry["kind"].startswith("token.")]
    assert [entry["kind"] for entry in told] == ["token.created", "token.revoked"]
    assert all(entry["actor"].startswith("person:") for entry in told)


async def test_a_secret_is_kept_nowhere(remote: Remote) -> None:
    _, secret = remote.token()
    assert (await listing(remote, secret)).status_code == 200
    await until(lambda: any(token["used_on"] for token in remote.site.operator.ask("tokens")), SECONDS)
    assert len(secret) > 50
    for path in remote.site.home.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
    assert secret not in str(history(remote.site))
