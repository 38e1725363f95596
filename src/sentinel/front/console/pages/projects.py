"""All projects at a glance: those that wait for a person first."""

from collections.abc import Iterator, Sequence

import htpy as h

from sentinel.core.release.states import State
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import chip, since, until
from sentinel.front.console.page import Page, Part
from sentinel.front.console.pages.states import sentence_of, state_chip, tone_of

_URGENCY = ("bad", "wait", "busy", "calm", "good")


def projects_page(views: Sequence[ProjectView], *, following: str | None) -> Page:
    """`following` is the id after which there are more."""
    ordered = sorted(views, key=lambda view: (_URGENCY.index(tone_of(view.project)), view.project.name))
    waiting = sum(tone_of(view.project) in ("bad", "wait") for view in ordered)
    title = f"{waiting} of {len(ordered)} projects wait for a person" if waiting else "Projects"
    return Page(
        title="Projects",
        parts=(
            Part("summary", h.p(".lead")[title if waiting else _calm(len(ordered))]),
            Part("projects", h.ul(".cards")[map(_card, ordered)] if ordered else _none()),
            Part("more", _more(following) if following else None),
        ),
        path="/",
    )


def _calm(count: int) -> str:
    if not count:
        return "This daemon has no project yet."
    return "Nothing waits for a person." if count > 1 else "It waits for nobody."


def _none() -> h.Element:
    return h.p["Run ", h.code["sentinel init"], " and ", h.code["sentinel trust"], " in a repository to add one."]


def _more(last: str) -> h.Element:
    return h.p[h.a(href=f"/?after={last}")["More projects"]]


def _card(view: ProjectView) -> h.Element:
    project = view.project
    return h.li(class_=["card", f"tone-{tone_of(project)}"])[
        h.div(".card-head")[
            h.h2[h.a(href=f"/projects/{project.id}")[printable(project.name, limit=80)]], state_chip(project)
        ],
        h.p(".said")[printable(_sentence(view).partition("\n")[0], limit=240)],
        h.p(".small")[_moment(view)],
    ]


def _sentence(view: ProjectView) -> str:
    """What waits for a person goes before how the project stands."""
    hold, closed = view.project.hold, view.closed
    if hold is not None:
        return f"Held by {hold.by}: {hold.reason}"
    if view.project.rollback_approval is not None:
        return "A rollback of production waits for a person's answer."
    return f"{closed.why}." if closed is not None and view.soak_ends is None else sentence_of(view)


def _moment(view: ProjectView) -> Iterator[h.Node]:
    project = view.project
    approval = project.rollback_approval or (project.approval if project.state is State.AWAITING_APPROVAL else None)
    if approval is not None and approval.claim is None:
        yield h.span["The question expires in ", until(approval.expires_at)]
    elif project.operation is not None:
        yield h.span[f"{project.operation.kind} runs for ", since(project.operation.started.wall)]
    elif project.state is State.SOAKING and view.soak_ends is not None:
        yield h.span["Production unlocks in ", until(view.soak_ends)]
    elif view.closed is not None and view.closed.opens_at is not None:
        yield h.span["The window opens in ", until(view.closed.opens_at)]
    if project.production is not None:
        yield h.span["Production: ", h.b[printable(project.production.version)]]
    if project.open_high_findings:
        yield chip(f"{project.open_high_findings} high", "bad")
