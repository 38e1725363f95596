"""What every page is made of: parts that are replaced as they change, under one heading and one way around."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

import htpy as h
from markupsafe import Markup, escape

from sentinel.core.tools.status import Trust
from sentinel.core.values.printable import printable
from sentinel.front.console.elements import SHAPES, Clocked, drawn, shape

_NOT_PLAIN = re.compile(r"[^\x20-\x7e\n]+")
_LEFT_OUT = "\0"
"""Stands in the document for what each page has of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A region of a page by its id. A browser is sent it again when it changes, unless a person writes in it."""

    id: str
    node: h.Node
    live: bool = True


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a project; `count` is how much waits there."""

    path: str
    word: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """`where` is the way here, as addresses with their names; `layout` is how the parts stand beside each other.

    `again_seconds` is after how long it is made again, where something of it changes unannounced.
    """

    title: str
    parts: tuple[Part, ...]
    where: tuple[tuple[str, str], ...] = ()
    tabs: tuple[Tab, ...] = ()
    path: str = ""
    layout: str = "stack"
    again_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page, where that is known, and how far the installation can be trusted."""

    person: str | None
    trust: Trust


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as HTML, by its parts: for whoever reads it, and whenever. `page` has no parts any more."""

    page: Page
    parts: Mapping[str, Clocked]
    live: frozenset[str]

    def document(self, reader: Reader, now: datetime, *, changes: str = "") -> str:
        """The whole of it; `changes` is the address of its changes, where it has any."""
        page = self.page
        own = (
            escape(printable(page.title)),
            escape(changes),
            _header(page.where, page.tabs, page.path, reader),
            escape(printable(page.title)),
            page.layout,
            "".join(part.at(now) for part in self.parts.values()),
        )
        pieces = zip(_DOCUMENT, (*own, ""), strict=True)
        return "".join(text for piece in pieces for text in piece)


def rendered(page: Page) -> Rendered:
    parts = {part.id: Clocked.of(_part_html(part)) for part in page.parts}
    return Rendered(replace(page, parts=()), parts, frozenset(part.id for part in page.parts if part.live))


def _part_html(part: Part) -> str:
    begin, end = _section(part.id, live=part.live)
    inner = _safe(str(h.fragment[part.node])) if part.node is not None else ""  # as most parts of most pages are
    return f"{begin}{inner}{end}"


@lru_cache(maxsize=128)
def _section(name: str, *, live: bool) -> tuple[str, str]:
    begin, _, end = str(h.section(id=name, class_=["part", f"is-{name}"], data_live=live)[_LEFT_OUT]).partition(
        _LEFT_OUT
    )
    return begin, end


class RenderedPages:
    """Pages as they were rendered last: one that is made of equal values is not rendered again.

    What a page is made of is asked for each time, by and for whoever reads it. So nothing of one reader's comes to
    another: only HTML that is equal anyway.
    """

    MOST = 32

    def __init__(self) -> None:
        self._known: dict[object, tuple[partial[Page], Rendered]] = {}

    def of(self, address: object, make: partial[Page]) -> Rendered:
        """`make` is a function with the values it makes a page of, and of nothing else."""
        known = self._known.pop(address, None)
        if known is None or not _equal(known[0], make):
            known = (make, rendered(make()))
        self._known[address] = known
        if len(self._known) > self.MOST:
            del self._known[next(iter(self._known))]
        return known[1]


def _equal(one: partial[Page], other: partial[Page]) -> bool:
    return (one.func, one.args, one.keywords) == (other.func, other.args, other.keywords)


def _safe(html: str) -> str:
    """Hidden and direction-changing characters are shown, whatever field they came in."""
    return _NOT_PLAIN.sub(lambda found: printable(found[0], limit=len(found[0])), html)


@lru_cache(maxsize=128)
def _header(where: tuple[tuple[str, str], ...], tabs: tuple[Tab, ...], path: str, reader: Reader) -> str:
    header = h.header(".top")[
        h.div(".bar")[
            h.a(".brand", href="/")[shape("shield"), "Sentinel"],
            h.nav(".where", aria_label="Where you are")[h.ol[_where(where)]] if where else h.span(".where"),
            h.span(".trust", title=_TRUST[reader.trust])[reader.trust],
            _person(reader),
        ],
        h.nav(".tabs", aria_label="Pages of this project")[h.ul[_tabs(tabs, path)]] if tabs else None,
    ]
    return _safe(str(header))


_TRUST = {
    "advisory": "The daemon runs as the agent's own user: approvals by phrase are recorded as unproven.",
    "separated": "The daemon, its state, keys and deploy credentials belong to another user than the agent's.",
}


def _person(reader: Reader) -> h.Node:
    if reader.person is None:
        return None
    return h.form(".person", method="post", action="/sign-out")[
        h.span[printable(reader.person, limit=60)],
        h.a(href="/passkey")["Passkey"],
        form_token(),
        h.button(".quiet", type="submit")["Sign out"],
    ]


_TOKEN = drawn(h.input(type="hidden", name="token"))


def form_token() -> Markup:
    """Filled in by the script from where it keeps the token, which is in no page."""
    return _TOKEN


def _where(where: tuple[tuple[str, str], ...]) -> Iterator[h.Element]:
    for path, name in where:
        yield h.li[h.a(href=path)[printable(name, limit=80)]]


def _tabs(tabs: tuple[Tab, ...], path: str) -> Iterator[h.Element]:
    for tab in tabs:
        here = {"aria-current": "page"} if tab.path == path else {}
        count = h.span(".count")[str(tab.count)] if tab.count else None
        yield h.li[h.a({"href": tab.path, **here})[tab.word, count]]


_DOCUMENT = str(
    h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="light dark"),
            h.meta(name="robots", content="noindex"),
            h.title[_LEFT_OUT, " · Sentinel"],
            h.link(rel="icon", href="/static/icon.svg", type="image/svg+xml"),
            h.link(rel="stylesheet", href="/static/console.css"),
            h.script(type="module", src="/static/console.js"),
        ],
        h.body(data_changes=_LEFT_OUT)[
            h.a(".skip", href="#content")["Skip to the content"],
            SHAPES,
            _LEFT_OUT,
            h.main(id="content", tabindex="-1")[
                h.h1[_LEFT_OUT],
                h.div(class_=f"parts lays-{_LEFT_OUT}")[_LEFT_OUT],
                h.p(".connection", id="connection", role="status"),
            ],
        ],
    ]
).split(_LEFT_OUT)
"""The same for all pages, cut where they differ: title, address of its changes, header, heading, layout, parts."""
