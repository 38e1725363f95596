"""Turns decent messages into hostile bytes."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from sentinel.core.values.limits import MESSAGE_LIMIT
from tests.fuzz.transcripts import UNASKED, Message

LEVELS = 10_000
DEEP = {b'"@deep-list@"': b"[" * LEVELS + b"]" * LEVELS, b'"@deep-object@"': b'{"a":' * LEVELS + b"0" + b"}" * LEVELS}
"""Nested deeper than Python writes; put in once everything else is text."""

VALUES: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400, 1e308, -0.0, 1.5),
    *(float("nan"), float("inf"), -float("inf")),
    *("", " ", "1", "\0", "\ud800", "\udfff\ud800", "\ufeff", "\u202e\u2066", "\x1b[2J", "../../etc/passwd", "/", "{}"),
    *("x" * 70_000, "\U0010ffff" * 300, "%s%n{0}", "'; DROP TABLE projects; --"),
    *([], {}, [[]], [None] * 2000, {"": ""}, {"a": {"b": [1]}}, {str(number): number for number in range(500)}),
    *("@deep-list@", "@deep-object@", "@repository@", "2025-11-25", "2026-07-28", "1999-01-01"),
)
NOISE = (b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\r", b"\n", b"\n\n\n", b"\x1b[31m", b"//")
Change = Callable[[Random, list[Any]], None]


def twisted(random: Random, messages: Sequence[Message]) -> list[Any]:
    """A transcript with up to four things wrong with it; now and then with none."""
    changed: list[Any] = deepcopy(list(messages))
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        random.choice(CHANGES)(random, changed)
    return changed


def lines(random: Random, messages: Sequence[Any]) -> list[bytes]:
    """Each on a line of its own, unless one of the lines is broken too."""
    written = [line(random, message) + b"\n" for message in messages]
    for _ in range(random.choice((0, 0, 1, 1, 3))):
        if written:
            at = random.randrange(len(written))
            written[at] = random.choice(BREAKS)(random, written[at])
    return written


def line(random: Random, message: Any) -> bytes:
    """JSON as some client might write it, which may be none by the letter (NaN, lone surrogates)."""
    text = json.dumps(
        message, ensure_ascii=random.random() < 0.6, separators=random.choice(((",", ":"), (", ", " : ")))
    )
    written = text.encode("utf-8", "surrogatepass")
    for mark, nested in DEEP.items():
        written = written.replace(mark, nested)
    return written


def _remove(random: Random, messages: list[Any]) -> None:
    for _ in range(random.randint(1, 3)):
        if messages:
            messages.pop(random.randrange(len(messages)))


def _repeat(random: Random, messages: list[Any]) -> None:
    if messages:
        messages.extend(deepcopy(random.choices(messages, k=random.choice((1, 3, 60)))))


def _shuffle(random: Random, messages: list[Any]) -> None:
    random.shuffle(messages)


def _replace(random: Random, messages: list[Any]) -> None:
    """Some value, somewhere in some message, is of another kind."""
    found = list(_places(messages))
    if found:
        holder, key = random.choice(found)
        holder[key] = deepcopy(random.choice(VALUES))


def _take_out(random: Random, messages: list[Any]) -> None:
    found = [(holder, key) for holder, key in _places(messages) if isinstance(holder, dict)]
    if found:
        holder, key = random.choice(found)
        del holder[key]


def _add(random: Random, messages: list[Any]) -> None:
    found = [holder[key] for holder, key in _places(messages) if isinstance(holder[key], dict)]
    if found:
        name = random.choice(("extra", "__proto__", "id", "method", "params", "_meta", "result", "\ud800", ""))
        random.choice(found)[name] = deepcopy(random.choice(VALUES))


def _batch(random: Random, messages: list[Any]) -> None:
    start = random.randrange(len(messages) + 1)
    messages[start:] = [messages[start:]]


def _same_id(random: Random, messages: list[Any]) -> None:
    same = deepcopy(random.choice(VALUES))
    for message in messages:
        if isinstance(message, dict) and "id" in message:
            message["id"] = same


def _answer_unasked(random: Random, messages: list[Any]) -> None:
    calls = [each for each in messages if isinstance(each, dict) and isinstance(each.get("params"), dict)]
    if calls:
        random.choice(calls)["params"].update(deepcopy(UNASKED))


def _respond(random: Random, messages: list[Any]) -> None:
    """To nothing, or to what somebody else was asked."""
    kind: Message = random.choice(({"result": {"action": "accept"}}, {"result": {}}, {"error": {"code": 1}}))
    asked = deepcopy(random.choice((0, 1, 2, "1", *VALUES)))
    messages.insert(random.randrange(len(messages) + 1), {"jsonrpc": "2.0", "id": asked, **kind})


def _cancel(random: Random, messages: list[Any]) -> None:
    params = {"requestId": deepcopy(random.choice((1, 2, 3, 4, *VALUES)))}
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
    messages.insert(random.randrange(len(messages) + 1), note)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) within."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(min(len(holder), 40))
        found.extend((holder, key) for key in keys)
        waiting.extend(holder[key] for key in keys if isinstance(holder[key], dict | list))
    return found


CHANGES: Sequence[Change] = (
    *(_remove, _repeat, _shuffle, _batch, _same_id, _answer_unasked, _respond, _cancel),
    *(_replace, _replace, _replace, _replace, _take_out, _take_out, _add),
)


def _truncate(random: Random, written: bytes) -> bytes:
    return written[: random.randrange(len(written) + 1)]


def _cut(random: Random, written: bytes) -> bytes:
    """Ends early, as a line."""
    return _truncate(random, written) + b"\n"


def _flip(random: Random, written: bytes) -> bytes:
    changed = bytearray(written)
    for _ in range(random.choice((1, 1, 8))):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _insert(random: Random, written: bytes) -> bytes:
    at = random.choice((0, random.randrange(len(written) + 1)))
    return written[:at] + random.choice(NOISE) + written[at:]


def _join(_random: Random, written: bytes) -> bytes:
    return written.rstrip(b"\n")


def _oversize(random: Random, written: bytes) -> bytes:
    """Over the limit by a byte or by far; seldom, since it takes time."""
    if random.random() < 0.8:
        return b" " * 100_000 + written
    return b" " * (MESSAGE_LIMIT + random.choice((1, 2**16, MESSAGE_LIMIT))) + written


BREAKS: Sequence[Callable[[Random, bytes], bytes]] = (_truncate, _cut, _flip, _flip, _insert, _insert, _join, _oversize)
