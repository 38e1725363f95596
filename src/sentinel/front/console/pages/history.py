"""The history, entry by entry, as it is chained: filtered, searched, page by page."""

from urllib.parse import urlencode

import htpy as h

from sentinel.core.audit.chain import TOPICS, AuditEntry, FoundEntries, Sought
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import at, code, digest, prose, table
from sentinel.front.console.page import Page, Part
from sentinel.front.console.pages.project import project_tabs


def history_page(view: ProjectView, sought: Sought, found: FoundEntries, before: int | None) -> Page:
    """`before` is where this page of the history begins; None for the newest one, which is live."""
    project = view.project
    path = f"/projects/{project.id}/history"
    return Page(
        title="History",
        parts=(
            Part("tools", _tools(path, sought), live=False),
            Part("entries", _entries(found)),
            Part("more", _more(path, sought, found.next_before, before)),
        ),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=path,
    )


def _tools(path: str, sought: Sought) -> h.Node:
    return h.form(".filter", method="get", action=path, role="search")[
        h.div[
            h.label(for_="topic")["About"],
            h.select(id="topic", name="topic")[
                [h.option(value=topic, selected=topic == sought.topic)[topic] for topic in TOPICS]
            ],
        ],
        h.div[
            h.label(for_="words")["Words"],
            h.input(id="words", name="words", type="search", value=sought.words, maxlength="200"),
        ],
        h.button(type="submit")["Search"],
    ]


def _entries(found: FoundEntries) -> h.Node:
    if not found.entries:
        return h.p["No entry matches. Choose another topic, or search for other words."]
    return table(("No.", "When", "Who", "What happened"), [_row(entry) for entry in found.entries], events=True)


def _row(entry: AuditEntry) -> tuple[h.Node, ...]:
    first, _, rest = entry.summary.partition("\n")
    told = h.details(data_name=str(entry.sequence))[
        h.summary[prose(first, limit=500)],
        h.p(".small")[h.span[code(entry.kind)], h.span["sealed as ", digest(entry.digest, shown=24)]],
        h.pre(".output")[printable(rest, limit=4000)] if rest else None,
    ]
    return str(entry.sequence), at(entry.at), printable(entry.actor, limit=80), told


def _more(path: str, sought: Sought, next_before: int | None, before: int | None) -> h.Node:
    def address(at: int | None) -> str:
        given = {"topic": sought.topic, "words": sought.words, **({"before": at} if at is not None else {})}
        return f"{path}?{urlencode(given)}"

    return h.nav(".pages", aria_label="Pages of the history")[
        h.a(href=address(None))["Newest"] if before is not None else None,
        h.a(href=address(next_before))["Older"] if next_before is not None else h.span["The history begins here."],
    ]
