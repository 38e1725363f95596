"""Where a daemon listens: never where a token could be read on its way, and it stops as every daemon does."""

import asyncio
import json
import socket
import ssl
from pathlib import Path

import httpx2
import pytest

from sentinel.daemon_file import Listen
from sentinel.errors import SentinelError
from sentinel.errors.grouped import unwrapped
from sentinel.front.mcp.http.listen import HttpServer, Listening
from tests.adapters.certificates import certificate
from tests.front.http.remote import Remote, serving
from tests.front.http.test_admission import INITIALIZE, MODERN, listing, modern
from tests.front.http.test_faults import MemoryTokens
from tests.front.mcp.memory_agents import MemoryAgents
from tests.protocol import agent
from tests.protocol.installation import ERAS, Installation

ENDED_SECONDS = 10.0
NO_PROTECTION = Listen()


def settings(site: Installation, text: str) -> None:
    site.home.mkdir(exist_ok=True)
    (site.home / "daemon.toml").write_text(f"[listen]\n{text}\n")


async def refused(address: str, protection: Listen = NO_PROTECTION) -> str:
    """What is said instead of listening there."""
    agents = MemoryAgents()
    server = HttpServer(agents, MemoryTokens(agents), Listening(address, Path("daemon.toml"), protection))
    with pytest.raises(SentinelError) as caught, unwrapped():
        async with asyncio.timeout(ENDED_SECONDS):
            await server.serve()
    assert caught.value.exit_code == 2
    return caught.value.what


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("8765", "it is not HOST:PORT"),
        (":8765", "it is not HOST:PORT"),
        ("127.0.0.1:http", "it is not HOST:PORT"),
        ("127.0.0.1:65536", "it is not HOST:PORT"),
        ("no such host:1", "the host has no address"),
        ("192.0.2.1:8765", "192.0.2.1:8765 can be reached from other machines"),
        ("0.0.0.0:0", "0.0.0.0:0 can be reached from other machines"),
        ("[::]:0", "[::]:0 can be reached from other machines"),
    ],
)
async def test_an_address_that_cannot_be_is_refused(address: str, said: str) -> None:
    assert said in await refused(address)


def test_an_address_in_use_is_refused_at_the_command_line(own: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = own.run("daemon", "run", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert (done.code, "Address already in use" in done.err, "Traceback" in done.err) == (2, True, False), done.err


@pytest.mark.parametrize("name", ["no.pem", "missing.pem"])
async def test_a_certificate_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    file = tmp_path / name
    assert "cannot be used" in await refused("127.0.0.1:0", Listen(certificate=file, key=file))


def test_a_certificate_without_its_key_is_refused_at_the_command_line(own: Installation) -> None:
    settings(own, 'certificate = "certificate.pem"')
    done = own.run("daemon", "run")
    assert (done.code, "certificate and key are set together" in done.err) == (2, True), done.err


async def test_with_a_certificate_it_speaks_tls(own: Installation, short_folder: Path) -> None:
    made, key = certificate(short_folder)
    settings(own, f'certificate = "{made}"\nkey = "{key}"\nhosts = ["agents.example.org"]')
    trusted = {"verify": ssl.create_default_context(cafile=str(made))}
    with serving(own, address="0.0.0.0:0", scheme="https", trusted=trusted) as remote:
        own.pin()
        _, secret = remote.token()
        async with remote.http(secret) as http:
            assert (await http.post(remote.url, json=INITIALIZE)).status_code == 421
            named = {"host": "agents.example.org"}
            assert (await http.post(remote.url, json=INITIALIZE, headers=named)).status_code == 200
            with pytest.raises(httpx2.TransportError):
                await http.post(remote.url.replace("https", "http"), json=INITIALIZE)
    settings(own, f'certificate = "{made}"\nkey = "{key}"')
    with serving(own, scheme="https", trusted=trusted) as remote:
        for era in ERAS:
            async with remote.client(era, secret) as client:
                assert await agent.names(client) == [
                    "release_status",
                    "start_sprint",
                    "preview_release",
                    "hold_release",
                ]


async def test_behind_a_proxy_it_listens_without_a_certificate(own: Installation) -> None:
    settings(own, 'behind_proxy = true\nhosts = ["127.0.0.1:*"]')
    with serving(own, address="0.0.0.0:0") as remote:
        own.pin()
        assert (await listing(remote, None)).status_code == 401
        assert (await listing(remote, remote.token()[1])).status_code == 200


async def test_a_daemon_that_stops_ends_what_is_open_and_tokens_outlive_it(own: Installation) -> None:
    with serving(own) as remote:
        own.pin()
        _, secret = remote.token()
        listen = modern("subscriptions/listen", notifications={"toolsListChanged": True})
        headers = {**MODERN, "mcp-method": "subscriptions/listen"}
        async with remote.http(secret) as http:
            opened = await http.post(remote.url, json=INITIALIZE)
            session = {"mcp-session-id": opened.headers["mcp-session-id"]}
            async with (
                http.stream("GET", remote.url, headers=session) as old,
                http.stream("POST", remote.url, json=listen, headers=headers) as new,
            ):
                stopped = own.run("daemon", "stop", seconds=ENDED_SECONDS)
                assert stopped.code == 0, stopped.err
                await old.aread()
                await new.aread()
        daemon = remote.daemon
        assert daemon is not None
        assert daemon.stderr is not None
        assert daemon.wait(ENDED_SECONDS) == 0
        said = daemon.stderr.read().splitlines()
        assert [json.loads(line)["event"] for line in said][-2:] == ["stopping", "stopped"], said
    with serving(own) as remote:
        assert (await listing(remote, secret)).status_code == 200


async def test_a_daemon_in_the_background_listens_too(own: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = own.run("daemon", "start", "--listen", f"127.0.0.1:{port}")
    assert started.code == 0, started.err
    own.pin()
    remote = Remote(own, port)
    assert (await listing(remote, remote.token()[1])).status_code == 200
    again = own.run("daemon", "start", "--listen", "127.0.0.1:0")
    assert (again.code, again.err.startswith("sentinel: A daemon already serves ")) == (2, True)
