"""The one place that speaks HTTP: bounded in time and size, no redirects, no proxies, nothing kept between requests."""

import errno
import time
from dataclasses import dataclass

import anyio
import httpx

from sentinel.core.printable import printable

BODY_LIMIT = 64 * 1024
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.ENETUNREACH}
)
"""Faults of the machine that asks, which say nothing about the one that is asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a GET came to; `status` is None where there was no answer, and `reason` then says why."""

    status: int | None
    body: str
    seconds: float
    reason: str
    own_fault: bool = False

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def new_client() -> httpx.AsyncClient:
    """A client that trusts nothing of its environment."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=20)
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, limits=limits, headers={"User-Agent": "sentinel"})


async def get(
    client: httpx.AsyncClient, url: str, timeout_seconds: float, params: dict[str, str] | None = None
) -> Reply:
    """Never raises; the whole exchange, body included, has `timeout_seconds`."""
    began = time.monotonic()
    try:
        with anyio.fail_after(timeout_seconds):
            status, body = await _exchange(client, url, timeout_seconds, params)
    except (TimeoutError, httpx.TimeoutException):
        return Reply(None, "", time.monotonic() - began, f"did not answer within {timeout_seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        number = _errno(error)
        reason = _failure(error, number)
        return Reply(None, "", time.monotonic() - began, reason, own_fault=number in _OURS)
    return Reply(status, body, time.monotonic() - began, _status_reason(status))


async def _exchange(
    client: httpx.AsyncClient, url: str, timeout_seconds: float, params: dict[str, str] | None
) -> tuple[int, str]:
    async with client.stream("GET", url, timeout=timeout_seconds, params=params) as response:
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > BODY_LIMIT:
                break
        return response.status_code, body[:BODY_LIMIT].decode(errors="replace")


def _status_reason(status: int) -> str:
    if 300 <= status < 400:
        return f"redirected with {status}, and redirects are not followed"
    return f"answered {status}"


def _errno(error: BaseException | None) -> int | None:
    """The system's error number, wherever in the chain of causes it is."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        error = error.__cause__ or error.__context__
    return None


def _failure(error: Exception, number: int | None) -> str:
    if number == errno.ECONNREFUSED:
        return "refused the connection"
    return f"gave no answer ({printable(str(error) or type(error).__name__, limit=120)})"
