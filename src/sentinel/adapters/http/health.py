"""Whether a service is healthy and is the release that it should be (protocol 2.1, design 3.2)."""

from collections.abc import Callable

import anyio

from sentinel.adapters.http.client import Client
from sentinel.core.policy import Production, Staging
from sentinel.core.printable import printable
from sentinel.core.revision import answers_release

PERIOD_SECONDS = 0.25
ATTEMPT_SECONDS = 5.0


async def poll_health(
    target: Staging | Production, *, answers: tuple[str, str, str] | None, mask: Callable[[str], str]
) -> str | None:
    """None as soon as health, and the revision where one is asked for, are good; else the last reason at the deadline.

    `answers` are the version, tag and commit, one of which `version_path` must answer with. An answer goes through
    `mask` before it is cut: the beginning of a secret could not be told from other text.
    """
    allowed = target.health_timeout.total_seconds()
    deadline = anyio.current_time() + allowed
    async with Client() as client:
        while True:
            left = deadline - anyio.current_time()
            fault = await _fault(client, target, answers, mask, min(ATTEMPT_SECONDS, max(left, PERIOD_SECONDS)))
            if fault is None:
                return None
            if anyio.current_time() + PERIOD_SECONDS >= deadline:
                return f"{fault}, for {allowed:g} s."
            await anyio.sleep(PERIOD_SECONDS)


async def _fault(
    client: Client,
    target: Staging | Production,
    answers: tuple[str, str, str] | None,
    mask: Callable[[str], str],
    seconds: float,
) -> str | None:
    """Why the service is not healthy right now."""
    url = f"{target.url}{target.health}"
    reply = await client.get(url, seconds=seconds)
    if not reply.ok:
        return f"{printable(url)} {reply.reason}"
    if target.version_path is None or answers is None:
        return None
    url = f"{target.url}{target.version_path}"
    reply = await client.get(url, seconds=seconds)
    if not reply.ok:
        return f"{printable(url)} {reply.reason}"
    version, tag, commit = answers
    if answers_release(reply.body, version=version, tag=tag, commit=commit):
        return None
    quoted = printable(mask(reply.body.strip()), limit=60)
    return f'{printable(url)} answered "{quoted}", which is not {tag}: a stale instance'
