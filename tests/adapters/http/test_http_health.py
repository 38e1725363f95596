"""A service is polled until it is healthy and is the release that it should be, or its time is up."""

import asyncio
import time

import pytest

from sentinel.adapters.http.services import HttpServices
from tests.adapters.http_services import Behaviour, answers, hangs, in_turn, nobody, policy_for, serve

RELEASE = ("1.2.0", "v1.2.0", "4f0c2a9d5b7e1c3a8f6d2e4b9a7c5d3e1f0b8a6c")


async def fault_of(
    url: str, *, version_path: str | dict[str, str] | None = None, health_timeout: str = "300ms"
) -> str | None:
    policy = policy_for(url, version_path=version_path, health_timeout=health_timeout)
    return await HttpServices(str).healthy(policy.production, answers=RELEASE)


async def test_a_service_that_comes_up_in_time_is_healthy() -> None:
    async with serve(in_turn(answers(503), answers(503), answers(204))) as service:
        assert await fault_of(service.url, health_timeout="10s") is None
        assert [request.target for request in service.requests] == ["/healthz"] * 3


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (answers(503), "answered 503"),
        (answers(404), "answered 404"),
        (answers(301, location="/login"), "redirected with 301, and redirects are not followed"),
    ],
)
async def test_a_service_that_stays_ill_is_described_at_the_deadline(behaviour: Behaviour, reason: str) -> None:
    async with serve(behaviour) as service:
        assert await fault_of(service.url) == f"{service.url}/healthz {reason}, for 0.3 s."


async def test_nobody_listening_is_a_refused_connection() -> None:
    url = nobody()
    assert await fault_of(url) == f"{url}/healthz refused the connection, for 0.3 s."


async def test_a_hanging_service_does_not_outlast_the_deadline() -> None:
    began = time.monotonic()
    async with serve(hangs) as service:
        fault = await fault_of(service.url)
        assert fault is not None
        assert fault.startswith(f"{service.url}/healthz did not answer within 0.")
        assert fault.endswith(" s, for 0.3 s.")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "body",
    [b"1.2.0\n", b'{"version": "v1.2.0"}', b"build 4f0c2a9", b'{"commit":"4F0C2A9D5B7E1C3A8F6D2E4B9A7C5D3E1F0B8A6C"}'],
)
async def test_a_service_that_answers_with_version_tag_or_commit_is_the_release(body: bytes) -> None:
    async with serve(answers(200, body)) as service:
        assert await fault_of(service.url, version_path="/version") is None
        assert [request.target for request in service.requests] == ["/healthz", "/version"]


@pytest.mark.parametrize(
    "body", [b"11.2.0", b"1.2.0-rc.1", b"1.2.01", b"v1.1.9", b"4f0c2a", b"4f0c2a8", b"", b"\x1b[2J\xff", b"<html>"]
)
async def test_a_service_that_answers_with_anything_else_is_a_stale_instance(body: bytes) -> None:
    async with serve(answers(200, body)) as service:
        fault = await fault_of(service.url, version_path="/version")
    assert fault is not None
    assert fault.endswith("which is not v1.2.0: a stale instance, for 0.3 s.")
    assert fault.isprintable()


async def test_the_version_that_answers_is_named_wherever_it_stands_in_the_answer() -> None:
    body = b'{"about":"' + b"x" * 200 + b'","version":"1.1.9"}'
    async with serve(answers(200, body)) as service:
        fault = await fault_of(service.url, version_path="/version")
    assert fault is not None
    assert ' answered "1.1.9", which is not v1.2.0: a stale instance' in fault


async def test_a_key_says_where_the_answer_names_the_release() -> None:
    asked = {"path": "/info", "key": "app.version"}
    async with serve(answers(200, b'{"version":"9","app":{"version":"1.2.0"}}')) as service:
        assert await fault_of(service.url, version_path=asked) is None
        assert [request.target for request in service.requests] == ["/healthz", "/info"]


async def test_a_version_page_that_fails_is_not_healthy() -> None:
    async with serve(in_turn(answers(200), answers(500))) as service:
        fault = await fault_of(service.url, version_path="/version")
        assert fault is not None
        assert fault.endswith(" answered 500, for 0.3 s.")
        assert service.requests[1].target == "/version"


async def test_a_login_in_the_address_is_not_shown() -> None:
    async with serve(answers(404)) as service:
        url = service.url.replace("://", "://user:secret@")
        assert await fault_of(url) == f"{service.url}/healthz answered 404, for 0.3 s."
    assert {request.headers["authorization"] for request in service.requests} == {"Basic dXNlcjpzZWNyZXQ="}


@pytest.mark.parametrize(
    ("behaviour", "missing"),
    [
        (answers(404), 2),
        (in_turn(answers(200), answers(410)), 1),
        (answers(200), 0),
        (answers(503), 0),
        (answers(401), 0),
        (answers(301, location="/login"), 0),
    ],
)
async def test_an_address_that_a_running_service_does_not_have_is_found_without_waiting(
    behaviour: Behaviour, missing: int
) -> None:
    async with serve(behaviour) as service:
        found = await HttpServices(str).missing_paths(policy_for(service.url, version_path="/version").production)
    assert len(found) == missing
    assert all(address.startswith(f"{service.url}/") and " answered 4" in address for address in found)


async def test_where_nothing_runs_yet_no_address_is_missing() -> None:
    assert await HttpServices(str).missing_paths(policy_for(nobody(), version_path="/version").production) == ()


async def test_the_addresses_of_a_service_are_asked_at_once() -> None:
    asked = asyncio.Barrier(2)

    async def answers_both(writer: asyncio.StreamWriter) -> None:
        await asked.wait()
        await answers(404)(writer)

    async with serve(answers_both) as service:
        found = await HttpServices(str).missing_paths(policy_for(service.url, version_path="/version").production)
    assert len(found) == 2
