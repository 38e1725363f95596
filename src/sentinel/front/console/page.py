"""What every page is made of: parts that are replaced as they change, under one heading and one way around."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import htpy as h

from sentinel.core.tools.status import Trust
from sentinel.core.values.printable import printable
from sentinel.front.console.elements import SHAPES, shape

_PARTS = "\0"
"""Where the parts stand, which are made one by one."""
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\n]+")


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


def part_html(part: Part) -> str:
    """One part, as a page has it and as a browser is sent it again."""
    attributes = {"data-live": True} if part.live else {}
    return _safe(str(h.section(id=part.id, class_=["part", f"is-{part.id}"], **attributes)[part.node]))


def page_html(page: Page, reader: Reader, *, live: str | None = None) -> str:
    """The whole document; `live` is the address of its changes, where it has any."""
    parts = "".join(part_html(part) for part in page.parts)
    head = h.head[
        h.meta(charset="utf-8"),
        h.meta(name="viewport", content="width=device-width, initial-scale=1"),
        h.meta(name="color-scheme", content="light dark"),
        h.meta(name="robots", content="noindex"),
        h.title[f"{printable(page.title)} · Sentinel"],
        h.link(rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        h.link(rel="stylesheet", href="/static/console.css"),
        h.script(type="module", src="/static/console.js"),
    ]
    attributes = {"data-changes": live} if live else {}
    body = h.body(**attributes)[
        h.a(".skip", href="#content")["Skip to the content"],
        SHAPES,
        _header(page, reader),
        h.main(id="content", tabindex="-1")[
            h.h1[printable(page.title)],
            h.div(class_=["parts", f"lays-{page.layout}"])[_PARTS],
            h.p(".connection", id="connection", role="status"),
        ],
    ]
    head_html, _, tail_html = str(h.html(lang="en")[head, body]).partition(_PARTS)
    return f"{_safe(head_html)}{parts}{_safe(tail_html)}"


def _safe(html: str) -> str:
    """Hidden and direction-changing characters are shown, whatever field they came in."""
    return _NOT_PLAIN.sub(lambda found: printable(found[0], limit=len(found[0])), html)


def _header(page: Page, reader: Reader) -> h.Element:
    return h.header(".top")[
        h.div(".bar")[
            h.a(".brand", href="/")[shape("shield"), "Sentinel"],
            h.nav(".where", aria_label="Where you are")[h.ol[_where(page)]] if page.where else h.span(".where"),
            h.span(".trust", title=_TRUST[reader.trust])[reader.trust],
            _person(reader),
        ],
        h.nav(".tabs", aria_label="Pages of this project")[h.ul[_tabs(page)]] if page.tabs else None,
    ]


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


def form_token() -> h.Node:
    """Filled in by the script from where it keeps the token, which is in no page."""
    return h.input(type="hidden", name="token")


def _where(page: Page) -> Iterator[h.Element]:
    for path, name in page.where:
        yield h.li[h.a(href=path)[printable(name, limit=80)]]


def _tabs(page: Page) -> Iterator[h.Element]:
    for tab in page.tabs:
        here = {"aria-current": "page"} if tab.path == page.path else {}
        count = h.span(".count")[str(tab.count)] if tab.count else None
        yield h.li[h.a({"href": tab.path, **here})[tab.word, count]]
