"""Hostile HTTP: requests of decent clients with something wrong in the head, the body, or between the two."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from sentinel.core.values.limits import MESSAGE_LIMIT
from tests.fuzz import transcripts
from tests.fuzz.case import SESSION, TOKENS, Link
from tests.fuzz.mutations import NOISE, line, twisted

Head = list[tuple[bytes, bytes]]
VERSIONS = (b"2025-11-25", b"2026-07-28", b"2024-11-05", b"1999-01-01", b"", b"\xff", b"2026-07-28, 2025-11-25")
TYPES = (b"text/plain", b"", b"application/json; charset=utf-16", b"multipart/form-data", b"application/" + b"j" * 5000)
METHODS = (b"GET", b"POST", b"DELETE", b"PUT", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"\x00", b"post", b"M" * 500)
PATHS = (
    b"/mcp",
    b"/",
    b"//mcp",
    b"/mcp/",
    b"/mcp?x=1",
    b"/../etc/passwd",
    b"/%00",
    b"http://x/mcp",
    b"*",
    b"/" + b"p" * 9000,
)
BEARERS = (
    b"",
    b"Bearer",
    b"Bearer ",
    b"Bearer sentinel_wrong",
    b"Basic eDp5",
    b"Bearer \xff\x80",
    b"Bearer " + b"x" * 9000,
)
SESSIONS = (b"", b"0" * 32, b"../..", b"x" * 5000, b"\xff")
LENGTHS = (b"0", b"-1", b"1", b"99999999999999999999", b"abc", b"1, 2", b"+5", b"0x10")
CHUNKS = (
    *(b"0\r\n\r\n", b"5\r\nab", b"zz\r\n", b"-1\r\n\r\n", b"ffffffffffffffff\r\nx"),
    *(b"1;" + b"e" * 3000 + b"\r\na\r\n", b"3\r\nabcdef\r\n0\r\n\r\n"),
)


def http_links(random: Random) -> tuple[Link, ...]:
    """A session of the 2025 era opened in good order and used in bad, or requests of the 2026 era."""
    token = random.choice(TOKENS)
    if random.random() < 0.5:
        asked = twisted(random, random.sample(transcripts.ERA_2026, random.randint(1, 4)))
        return _links(random, [_request(random, message, _modern(token, message)) for message in asked])
    session = [(b"mcp-session-id", SESSION)]
    rest = twisted(random, random.sample(transcripts.ERA_2025[1:], random.randint(1, 4)))
    opening = _written(b"POST", b"/mcp", [*_common(token), _length(_OPEN), (b"connection", b"close")], _OPEN)
    another = [TOKENS[0]] if random.random() < 0.1 else [token]  # somebody else's session
    messages = [_request(random, message, [*_common(random.choice(another)), *session]) for message in rest]
    streams = [_written(b"GET", b"/mcp", [*_common(token), *session], b"")] if random.random() < 0.2 else []
    return (Link("http", (opening,), 0, "linger"), *_links(random, [*streams, *messages]))


_OPEN = line(Random(0), transcripts.ERA_2025[0])  # noqa: S311 - it is always the same


def _common(token: bytes) -> Head:
    return [
        (b"host", b"@host@"),
        (b"authorization", b"Bearer " + token),
        (b"accept", b"application/json, text/event-stream"),
        (b"content-type", b"application/json"),
    ]


def _modern(token: bytes, message: Any) -> Head:
    method = message.get("method") if isinstance(message, dict) else None
    params = message.get("params") if isinstance(message, dict) else None
    name = params.get("name") if isinstance(params, dict) else None
    named = [(b"mcp-name", name.encode("utf-8", "replace")[:200])] if isinstance(name, str) else []
    said = method.encode("utf-8", "replace")[:200] if isinstance(method, str) else b"tools/list"
    return [*_common(token), (b"mcp-protocol-version", b"2026-07-28"), (b"mcp-method", said), *named]


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)


def _request(random: Random, message: Any, head: Head) -> bytes:
    body = line(random, message)
    if random.random() < 0.04:
        body += b" " * (MESSAGE_LIMIT + 1)
    if random.random() < 0.15:
        at = random.randrange(len(body) + 1)
        body = random.choice((body[:at], body[:at] + random.choice(NOISE) + body[at:], b"", random.choice(NOISE)))
    head = [*head, _length(body)]
    method, path = b"POST", b"/mcp"
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        random.choice(FAULTS)(random, head)
    if random.random() < 0.15:
        method = random.choice(METHODS)
    if random.random() < 0.1:
        path = random.choice(PATHS)
    if random.random() < 0.1:
        head = [each for each in head if each[0] != b"content-length"] + [(b"transfer-encoding", b"chunked")]
        body = random.choice(CHUNKS) if random.random() < 0.7 else _chunked(body)
    return _written(method, path, head, body)


def _chunked(body: bytes) -> bytes:
    parts = [body[at : at + 1000] for at in range(0, len(body), 1000)][:50]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _written(method: bytes, path: bytes, head: Head, body: bytes) -> bytes:
    return b"".join((method, b" ", path, b" HTTP/1.1\r\n", *(b"%s: %s\r\n" % each for each in head), b"\r\n", body))


def _set(name: bytes, values: Sequence[bytes]) -> Callable[[Random, Head], None]:
    def change(random: Random, head: Head) -> None:
        head[:] = [*(each for each in head if each[0] != name), (name, random.choice(values))]

    return change


def _drop(random: Random, head: Head) -> None:
    head.pop(random.randrange(len(head))) if head else None


def _double(random: Random, head: Head) -> None:
    if head:
        head.append(random.choice(head))


def _stuff(random: Random, head: Head) -> None:
    many = random.choice((1, 200, 2000))
    head.extend((b"x-%d" % number, random.choice((b"", b"y" * 60, b"\xff\xfe"))) for number in range(many))


def _break(random: Random, head: Head) -> None:
    head.append((random.choice((b"", b" ", b"a b", b"\0", b"x\r\n\r\nGET / HTTP/1.1\r\ny")), b"z"))


FAULTS: Sequence[Callable[[Random, Head], None]] = (
    _set(b"mcp-protocol-version", VERSIONS),
    _set(b"mcp-method", (b"tools/call", b"", b"\xff", b"m" * 3000)),
    _set(b"content-type", TYPES),
    _set(b"accept", (b"", b"text/html", b"*/*", b"application/json", b"text/event-stream")),
    _set(b"authorization", BEARERS),
    _set(b"mcp-session-id", SESSIONS),
    _set(b"content-length", LENGTHS),
    _set(b"host", (b"example.org", b"", b"127.0.0.1:1", b"\xff")),
    _set(b"origin", (b"null", b"http://example.org")),
    _set(b"last-event-id", (b"0", b"", b"x" * 1000)),
    _set(b"connection", (b"close", b"upgrade", b"keep-alive, close")),
    _set(b"expect", (b"100-continue", b"x")),
    *(_drop, _double, _stuff, _break),
)


def _links(random: Random, requests: Sequence[bytes]) -> tuple[Link, ...]:
    """One after the other over one connection, or each over its own; whole, in pieces, or left in the middle."""
    together = [b"".join(requests)] if random.random() < 0.5 else list(requests)
    return tuple(Link("http", *_delivered(random, whole)) for whole in together)


def _delivered(random: Random, whole: bytes) -> Any:
    way = random.randrange(8)
    if way == 0:
        return (whole[: random.randrange(len(whole) + 1)],), 0.0, random.choice(("leave", "reset"))
    if way == 1:
        at = random.randrange(len(whole) + 1)
        return (whole[:at], whole[at:]), 0.01, "linger"
    return (whole,), 0.0, random.choice(("linger", "linger", "linger", "leave", "reset"))
