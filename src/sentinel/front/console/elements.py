"""Small pieces that many pages use: shapes, states, times, facts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import htpy as h
from markupsafe import Markup, escape

from sentinel.core.values.printable import printable, printable_lines
from sentinel.core.values.times import countdown

Tone = Literal["good", "busy", "wait", "bad", "calm"]
"""How something stands; each has its shape and its word beside its colour."""

_DISC = "M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8"
_DRAWN: Mapping[str, str] = {
    "shield": "M8 1.2 14 3.4v4.4c0 3.4-2.4 5.8-6 7-3.6-1.2-6-3.6-6-7V3.4z",
    "good": f"{_DISC}m3.9 5.3-4.9 5-3-3 1.1-1.1 1.9 1.9 3.8-3.9z",
    "busy": f"{_DISC}m0 2.1a5.1 5.1 0 0 1 0 10.2z",
    "wait": "M3.2 1h9.6v3.2L9.6 8l3.2 3.8V15H3.2v-3.2L6.4 8 3.2 4.2z",
    "bad": "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5zm2.2 3v5.2h1.6V3.8zm0 6.6v1.7h1.6v-1.7z",
    "calm": "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4m0 1.8a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6",
}
"""Each has an outline of its own, so that it is told apart without colour."""

_SYMBOLS = [
    h.symbol(id=f"shape-{name}", viewBox="0 0 16 16")[h.path(fill="currentColor", fill_rule="evenodd", d=path)]
    for name, path in _DRAWN.items()
]
SHAPES = h.svg(".shapes", aria_hidden="true", width="0", height="0")[_SYMBOLS]
"""Drawn once in each document; `shape` refers to them."""
_CLOCK = re.compile(r' data-(until|since)="(-?\d+)">')


def drawn(element: h.Renderable) -> Markup:
    """The HTML of what stands on page after page and is the same there."""
    return Markup(element)  # noqa: S704 - htpy has escaped what is in it


@lru_cache(maxsize=32)
def shape(name: str) -> Markup:
    return drawn(h.svg(".shape", aria_hidden="true", width="16", height="16")[h.use(href=f"#shape-{name}")])


@lru_cache(maxsize=256)
def chip(word: str, tone: Tone) -> Markup:
    """A state, by shape, word and colour."""
    return drawn(h.span(class_=["chip", f"tone-{tone}"])[shape(tone), printable(word, limit=60)])


def at(moment: datetime) -> h.Element:
    """A moment, in UTC to the second."""
    utc = moment.astimezone(UTC)
    return h.time(datetime=utc.isoformat(timespec="seconds"))[f"{utc:%Y-%m-%d %H:%M:%S} UTC"]


def until(moment: datetime) -> h.Element:
    """A countdown, which the script goes on with."""
    return h.time(".clock", datetime=moment.isoformat(timespec="seconds"), data_until=_milliseconds(moment))


def since(moment: datetime) -> h.Element:
    """How long ago, which the script goes on with."""
    return h.time(".clock", datetime=moment.isoformat(timespec="seconds"), data_since=_milliseconds(moment))


@dataclass(frozen=True, slots=True)
class Clocked:
    """HTML without what its clocks show, which depends on when it is read; it is cut where they stand."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, html: str) -> "Clocked":
        """No text is taken for a clock: in what quotes the attribute of one, the quotation marks are escaped."""
        return cls(tuple(_CLOCK.split(html)))

    def at(self, now: datetime) -> str:
        pieces = iter(self.pieces)
        shown = [next(pieces)]
        for kind, milliseconds, following in zip(pieces, pieces, pieces, strict=True):
            left = timedelta(milliseconds=int(milliseconds) - _milliseconds(now))
            text = countdown(max(timedelta(0), left)) if kind == "until" else elapsed(-left)
            shown += (f' data-{kind}="{milliseconds}">', text, following)
        return "".join(shown)


def elapsed(length: timedelta) -> str:
    """In the two largest units: `3 d 4 h`, `2 h 5 min`, `4 min 12 s`, `9 s`."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def code(text: str, *, limit: int = 200) -> h.Element:
    return h.code[printable(text, limit=limit)]


def digest(text: str, *, shown: int = 12) -> h.Element:
    """The beginning of a commit or digest; the whole of it on request."""
    whole = "is-whole" if shown >= len(text) else None
    return h.code(class_=["digest", whole], title=printable(text, limit=200))[printable(text[:shown])]


_FACTS = h.dl(".facts")


def facts(*rows: tuple[str, h.Node]) -> h.Element:
    """Names with their values; a row without a value is left out."""
    return _FACTS[[h.div[h.dt[name], h.dd[value]] for name, value in rows if value not in (None, "", ())]]


@lru_cache(maxsize=128)
def said(text: str, *, limit: int = 4000) -> Markup:
    """Text of several lines from outside: each line stands for itself."""
    lines = printable_lines(text[:limit], limit=limit).split("\n")
    return drawn(h.fragment[[h.p[prose(line, limit=limit)] for line in lines if line.strip()]])


@lru_cache(maxsize=128)
def prose(text: str, *, limit: int = 2000) -> Markup:
    """One line of text in which `code` stands in backticks, as Sentinel's own sentences have it."""
    parts = printable(text, limit=limit).split("`")
    if len(parts) % 2 == 0:  # one stands alone
        return escape("`".join(parts))
    return drawn(h.fragment[[h.code[part] if index % 2 else part for index, part in enumerate(parts)]])


def table(heads: Sequence[str], rows: Iterable[Sequence[h.Node]], *, events: bool = False) -> h.Element:
    """The first column names the row. On a narrow screen each row is a block of its own.

    The last column of `events` says what happened: on a narrow screen it stands under the others.
    """
    return h.div(".scroll")[
        h.table(class_="events" if events else None)[
            h.thead[h.tr[[h.th(scope="col")[head] for head in heads]]],
            h.tbody[
                [h.tr[[h.td(data_head=head)[cell] for head, cell in zip(heads, row, strict=True)]] for row in rows]
            ],
        ]
    ]


def folded(title: str, node: h.Node, *, shown: bool) -> h.Element:
    """Open from the beginning where it is short; how a person leaves it is kept."""
    return h.details(open=shown, data_name=title)[h.summary[title], node]


def notes(text: str, *, limit: int = 8000) -> h.Element:
    """A release's notes: headings and list items of Markdown as such, everything else as it is written."""
    return h.div(".notes")[
        [_note(line) for line in printable_lines(text[:limit], limit=limit).split("\n") if line.strip()]
    ]


def _note(line: str) -> h.Node:
    heading, item = re.match(r"#{1,6} +(.+)", line), re.match(r" *[-*] +(.+)", line)
    if heading is not None:
        return h.h3[heading[1]]
    return h.p(".item")[prose(item[1])] if item is not None else h.p[prose(line)]


def confirmed(text: str, phrase: str) -> h.Element:
    """The exact block that a person confirms; the phrase is never broken over two lines."""
    before, found, after = text.partition(phrase)
    return h.pre(".defcon", tabindex="0")[before, h.span(".whole")[found], after]


def output(text: str) -> h.Element:
    """What a script printed."""
    return h.pre(".output", tabindex="0")[printable_lines(text)]
