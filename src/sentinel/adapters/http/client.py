"""The one place that speaks HTTP: bounded in time and size, no redirects, no proxies, nothing kept between requests.

Every request has a connection of its own. A balancer then shows all of its instances, not the one that a kept
connection or a cookie leads to, and an idle connection that the service closes is not mistaken for a failure.
"""

import errno
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

import anyio
from anyio import to_thread

from sentinel.core.values.printable import printable
from sentinel.errors.daemon import AuthorityFileError

if TYPE_CHECKING:
    import httpx


@cache
def trusted(ca: Path | None) -> ssl.SSLContext:
    """Read once: all authorities' certificates would stop the whole daemon for a moment at every health check.

    OpenSSL reads SSL_CERT_FILE and SSL_CERT_DIR of this process in place of its own folders, as for other programs;
    the authorities that come with Sentinel are for machines that have none. Raises AuthorityFileError.
    """
    import httpx  # noqa: PLC0415 - it takes time and memory that a daemon needs once it releases

    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except (OSError, ssl.SSLError) as error:
            reason = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
            raise AuthorityFileError(path=ca, reason=reason) from None
    return context


BODY_LIMIT = 64 * 1024
_OWN_ERRORS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.ENETUNREACH}
)
"""Faults of the machine that asks, which say nothing about the one that is asked."""
_OWN_RESOLVER_ERRORS = frozenset({socket.EAI_AGAIN, socket.EAI_MEMORY, socket.EAI_SYSTEM})
"""No name server answers us; a name that does not exist is the service's own fault."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a GET came to; `status` is None where there was no answer. `reason` is what the service did, in words."""

    status: int | None
    body: str
    seconds: float
    reason: str
    own_fault: bool = False

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def _bare_client(ca: Path | None) -> "httpx.AsyncClient":
    import httpx  # noqa: PLC0415 - see `trusted`

    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        verify=trusted(ca),
        timeout=None,  # noqa: S113 - `get` bounds the whole exchange, which httpx cannot
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "sentinel", "Accept-Encoding": "identity"},
    )


class Client:
    """An asynchronous context manager; leaving it closes every connection."""

    _http: "httpx.AsyncClient"

    def __init__(self, ca: Path | None = None) -> None:
        self._ca = ca

    async def __aenter__(self) -> Self:
        """In a thread: the first one loads httpx and reads the authorities, and nobody shall wait for that."""
        self._http = await to_thread.run_sync(_bare_client, self._ca)
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        *,
        seconds: float,
        params: dict[str, str] | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Reply:
        """Never raises; the whole exchange has `seconds`, and at most BODY_LIMIT bytes of the body are read."""
        began = time.monotonic()
        try:
            with anyio.fail_after(seconds):
                status, body = await self._exchange(url, params, headers)
        except TimeoutError:
            return Reply(None, "", time.monotonic() - began, f"did not answer within {round(seconds, 1):g} s")
        except _faults() as error:
            causes = tuple(_system_errors(error))
            own = bool(causes) and all(_is_own(cause) for cause in causes)
            return Reply(None, "", time.monotonic() - began, _failure(error, causes), own_fault=own)
        return Reply(status, body, time.monotonic() - began, _answer(status))

    async def _exchange(self, url: str, params: dict[str, str] | None, headers: Mapping[str, str]) -> tuple[int, str]:
        """The raw body: what is sent compressed all the same is not unpacked, since it might not be bounded."""
        async with self._http.stream("GET", url, params=params, headers=headers) as response:
            body = b""
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > BODY_LIMIT:
                    break
            return response.status_code, body[:BODY_LIMIT].decode(errors="replace")


def _faults() -> tuple[type[Exception], ...]:
    import httpx  # noqa: PLC0415 - see `trusted`

    return httpx.HTTPError, httpx.InvalidURL, OSError


def _answer(status: int) -> str:
    if 300 <= status < 400:
        return f"redirected with {status}, and redirects are not followed"
    return f"answered {status}"


def _system_errors(error: BaseException | None) -> Iterator[OSError]:
    """The system's errors at the ends of the chain of causes: one for each address that was tried."""
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _system_errors(each)
            return
        if isinstance(error, OSError) and error.errno is not None:
            yield error
            return
        error = error.__cause__ or error.__context__


def _is_own(error: OSError) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno in _OWN_RESOLVER_ERRORS
    return error.errno in _OWN_ERRORS


def _failure(error: Exception, causes: tuple[OSError, ...]) -> str:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refused the connection"
    untrusted = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        said = printable(untrusted.verify_message, limit=120)
        return f"has a certificate that is not trusted ({said}); name its authority as `ca` in daemon.toml"
    said = (causes[0].strerror if causes else None) or str(error) or type(error).__name__
    return f"gave no answer ({printable(said, limit=120)})"
