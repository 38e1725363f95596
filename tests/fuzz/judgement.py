"""What no answer and no line of the daemon's log may hold, whatever was asked."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.attack import KEPT_BYTES, Exchange
from tests.fuzz.target import Target

ROOT = Path(__file__).parents[2]
NEVER = (b"Traceback", b"site-packages", b"/usr/lib", b'File "', b"Internal error", b"Internal Server Error", b"0x7f")
LOGGED = (b"Traceback", b"Error", b"exception", b"unhandled", b'"level": "error"')
LOG_LINE_BYTES = 20_000
SHOWN = 300


def faults(exchange: Exchange, target: Target) -> Iterator[str]:
    if exchange.hung:
        yield "the connection was not ended after its client had ended"
    yield from (f"an answer holds {found!r}" for found in _leaks(exchange, target))
    judged = _http_faults if exchange.link.place == "http" else _line_faults
    yield from judged(exchange.received, whole=exchange.link.ending == "finish" and len(exchange.received) < KEPT_BYTES)


def _leaks(exchange: Exchange, target: Target) -> Iterator[bytes]:
    """Paths that the client itself has named may come back to it, and people are told paths; secrets never."""
    places = () if exchange.link.place == "operator" else (target.site.home, target.site.project)
    paths = [str(place).encode() for place in (*places, ROOT, sys.prefix, sys.base_prefix)]
    yield from (secret for secret in target.secrets if secret in exchange.received)
    yield from (
        word
        for word in (*NEVER, *(path for path in paths if path != b"/usr"))
        if word in exchange.received and word not in exchange.sent
    )


def _line_faults(received: bytes, *, whole: bool) -> Iterator[str]:
    """Every line is an object of JSON, by the letter of its standard."""
    *full, rest = received.split(b"\n")
    if whole and rest:
        yield f"the last line has no end: {rest[-80:]!r}"
    for line in full:
        try:
            value = json.loads(line.decode(), parse_constant=_no_number)
            json.dumps(value, ensure_ascii=False).encode()
        except ValueError:
            yield f"a line is not JSON: {line[:200]!r}"
        else:
            if not isinstance(value, dict):
                yield f"a line is no object: {line[:200]!r}"


def _http_faults(received: bytes, *, whole: bool) -> Iterator[str]:
    del whole
    if received and not received.startswith(b"HTTP/1.1 "):
        yield f"it is not HTTP: {received[:80]!r}"
    if received.startswith(b"HTTP/1.1 500") or b"\r\nHTTP/1.1 500 " in received:
        yield "a fault of the daemon's own: 500"


def _no_number(name: str) -> Any:
    raise ValueError(name)


class Log:
    """Reads on where it was read before."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._read = target.log.stat().st_size

    def faults(self) -> list[str]:
        """The ends of what should not be there, which name the exceptions."""
        with self._target.log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        bad = [line for line in new.split(b"\n") if self._is_fault(line)]
        return [b" ... ".join(line[-SHOWN:] for line in bad[:20]).decode(errors="replace")] if bad else []

    def _is_fault(self, line: bytes) -> bool:
        return len(line) > LOG_LINE_BYTES or any(word in line for word in (*LOGGED, *self._target.secrets))
