"""One number, one case: on the sockets, and what is common to all of them."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.front.mcp.raw import ENVELOPE
from tests.fuzz import transcripts
from tests.fuzz.case import Case, Ending, Link, Place
from tests.fuzz.http_requests import http_links
from tests.fuzz.mutations import NOISE, VALUES, line, lines, twisted

ENDINGS: Sequence[Ending] = ("finish", "finish", "finish", "leave", "reset")
FLOOD = 3000
"""Requests in flight on one connection."""


def case(seed: int) -> Case:
    random = Random(seed)  # noqa: S311 - the same number must give the same case
    make = random.choice((_agent, _agent, _operator, _http, _http, _flood, _crowd))
    links = make(random)
    return Case(seed, links, together=make is _crowd)


def _agent(random: Random) -> tuple[Link, ...]:
    return (_socket_link(random, "agent", _agent_lines(random)),)


def _operator(random: Random) -> tuple[Link, ...]:
    asked = random.sample(transcripts.OPERATOR, random.randint(1, 5))
    return (_socket_link(random, "operator", lines(random, twisted(random, asked))),)


def _http(random: Random) -> tuple[Link, ...]:
    return http_links(random)


def _flood(random: Random) -> tuple[Link, ...]:
    """Thousands of requests at once, with few ids among them or a new one each; the answers may never be read."""
    modern = random.random() < 0.5
    asked = random.choice((("ping", {}), ("tools/list", {}), transcripts.WAITING, transcripts.LISTEN))
    params = {**asked[1], **({"_meta": ENVELOPE} if modern else {})}
    ids = random.choice((1, 7, FLOOD))
    many = random.choice((100, FLOOD)) if random.random() < 0.3 else 40
    request = {"jsonrpc": "2.0", "method": asked[0], "params": params}
    opening = [] if modern else list(transcripts.ERA_2025[:2])
    written = [line(random, {**request, "id": number % ids}) + b"\n" for number in range(many)]
    return (Link("agent", (_hello(), *_written(random, opening), b"".join(written)), 0, _ending(random)),)


def _crowd(random: Random) -> tuple[Link, ...]:
    """Several at the same time, on several ways in."""
    makers: tuple[Callable[[Random], tuple[Link, ...]], ...] = (_agent, _operator, _http)
    return tuple(link for _ in range(random.randint(2, 4)) for link in random.choice(makers)(random))


def _agent_lines(random: Random) -> list[bytes]:
    """The handshake of the relay, mostly a good one, and then MCP in one of the eras, or in both at once."""
    if random.random() < 0.12:
        return lines(random, [twisted_hello(random)])
    eras = random.choice((transcripts.ERA_2025, transcripts.ERA_2026, [*transcripts.ERA_2025, *transcripts.ERA_2026]))
    some = list(eras[: random.randint(2, len(eras))])
    return [_hello(), *lines(random, twisted(random, some))]


def twisted_hello(random: Random) -> Any:
    said = {**transcripts.HELLO, random.choice(list(transcripts.HELLO)): random.choice(VALUES)}
    return random.choice((said, said, random.choice(VALUES), [said], {}))


def _hello() -> bytes:
    return line(Random(0), transcripts.HELLO) + b"\n"  # noqa: S311 - it is always the same


def _written(random: Random, messages: Sequence[Any]) -> list[bytes]:
    return [line(random, message) + b"\n" for message in messages]


def _socket_link(random: Random, place: Place, written: Sequence[bytes]) -> Link:
    return Link(place, *delivered(random, written), _ending(random))


def delivered(random: Random, written: Sequence[bytes]) -> tuple[tuple[bytes, ...], float]:
    """The pieces in which bytes arrive, and the pause between them: lines, all, cut anywhere, or drop by drop."""
    whole = b"".join(written)
    way = random.randrange(5)
    if way == 0:
        return tuple(written), 0.001
    if way == 1:
        cuts = sorted(random.randrange(len(whole) + 1) for _ in range(5))
        return tuple(whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)), 0.002
    if way == 2 and random.random() < 0.3:
        head = whole[:60]
        return (*(head[at : at + 1] for at in range(len(head))), whole[60:]), 0.005
    if way == 3 and random.random() < 0.1:
        return (random.choice(NOISE) * 50, whole), 0
    return (whole,), 0


def _ending(random: Random) -> Ending:
    return random.choice(ENDINGS)
