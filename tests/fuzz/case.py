"""What one hostile client does, as plain values: made from one number, and carried out by `attack`."""

from dataclasses import dataclass
from typing import Literal

Place = Literal["agent", "operator", "http"]
Ending = Literal["finish", "leave", "reset", "linger"]
"""Ends its side and reads to the end; leaves without reading; cuts the connection; reads for as long as news come."""

REPOSITORY = b"@repository@"
SESSION = b"@session@"
TOKENS = tuple(b"@token%d@" % number for number in range(8))
"""Stand for what is known only when the case is carried out: they are replaced as the bytes are sent."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection: the bytes that it sends, in pieces with `pause` seconds between them."""

    place: Place
    pieces: tuple[bytes, ...]
    pause: float
    ending: Ending


@dataclass(frozen=True, slots=True)
class Case:
    """`together`: the connections are open at once; else a later one may name the session of an earlier one."""

    seed: int
    links: tuple[Link, ...]
    together: bool
