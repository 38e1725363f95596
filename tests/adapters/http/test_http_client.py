"""One GET: what an answer, a fault of the service and a fault of our own look like."""

import resource
import socket

import pytest

from sentinel.adapters.http.client import BODY_LIMIT, Client
from tests.adapters.http_services import (
    Behaviour,
    answers,
    drips,
    floods,
    hangs,
    nobody,
    resets,
    serve,
    talks_nonsense,
    until,
)


async def test_an_answer_has_its_status_its_body_and_its_time() -> None:
    async with serve(answers(200, b"fine")) as service, Client() as client:
        reply = await client.get(f"{service.url}/x", seconds=5, params={"query": "up == 1"})
    assert (reply.ok, reply.status, reply.body, reply.own_fault) == (True, 200, "fine", False)
    assert 0 < reply.seconds < 5
    assert service.requests[0].target == "/x?query=up+%3D%3D+1"


async def test_a_redirect_is_not_followed_and_is_called_one() -> None:
    async with serve(answers(302, location="/elsewhere")) as service, Client() as client:
        reply = await client.get(service.url, seconds=5)
        assert len(service.requests) == 1
    assert not reply.ok
    assert reply.reason == "redirected with 302, and redirects are not followed"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hangs, "did not answer within 0.2 s"),
        (drips, "did not answer within 0.2 s"),
        (talks_nonsense, "gave no answer ("),
        (resets, "gave no answer ("),
        (answers(503), "answered 503"),
    ],
)
async def test_what_a_broken_service_does_is_its_own_fault_and_is_named(behaviour: Behaviour, reason: str) -> None:
    async with serve(behaviour) as service, Client() as client:
        reply = await client.get(service.url, seconds=0.2)
    assert not reply.ok
    assert not reply.own_fault
    assert reply.reason.startswith(reason)
    assert reply.reason.isprintable()


async def test_a_refused_connection_is_the_services_fault() -> None:
    async with Client() as client:
        reply = await client.get(nobody(), seconds=5)
    assert (reply.status, reply.reason, reply.own_fault) == (None, "refused the connection", False)


async def test_a_name_with_several_addresses_is_refused_when_all_of_them_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = nobody()
    port = int(url.rpartition(":")[2])

    def resolve(*_arguments: object, **_options: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))
            for host in ("127.0.0.1", "127.0.0.2")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with Client() as client:
        reply = await client.get(url.replace("127.0.0.1", "shop.test"), seconds=5)
    assert (reply.reason, reply.own_fault) == ("refused the connection", False)


@pytest.mark.parametrize(("fault", "own"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
async def test_a_name_server_that_is_away_is_our_fault_and_a_name_that_is_not_there_the_services(
    monkeypatch: pytest.MonkeyPatch, *, fault: int, own: bool
) -> None:
    def resolve(*_arguments: object, **_options: object) -> list[object]:
        raise socket.gaierror(fault, "Resolution failed")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with Client() as client:
        reply = await client.get("http://shop.test", seconds=5)
    assert (reply.reason, reply.own_fault) == ("gave no answer (Resolution failed)", own)


async def test_no_more_of_a_body_is_read_than_the_limit() -> None:
    async with serve(floods) as service, Client() as client:
        reply = await client.get(service.url, seconds=5)
        await until(lambda: service.open == 0)
    assert len(reply.body) == BODY_LIMIT


async def test_a_compressed_body_is_not_asked_for_and_not_unpacked() -> None:
    bomb = b"\x1f\x8b not unpacked"
    async with serve(answers(200, bomb, content_encoding="gzip")) as service, Client() as client:
        reply = await client.get(service.url, seconds=5)
    assert service.requests[0].headers["accept-encoding"] == "identity"
    assert reply.body.endswith("not unpacked")


async def test_nothing_is_kept_from_one_request_to_the_next() -> None:
    async with serve(answers(200, set_cookie="instance=1; Path=/")) as service, Client() as client:
        for _ in range(3):
            assert (await client.get(service.url, seconds=5)).ok
        assert service.connections == 3
        assert not any("cookie" in request.headers for request in service.requests)


async def test_the_environments_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", nobody())
    async with serve(answers()) as service, Client() as client:
        assert (await client.get(service.url, seconds=5)).ok


async def test_too_many_open_files_of_our_own_are_our_fault() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serve(answers()) as service, Client() as client:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            reply = await client.get(service.url, seconds=5)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert reply.own_fault
    assert reply.reason == "gave no answer (Too many open files)"
