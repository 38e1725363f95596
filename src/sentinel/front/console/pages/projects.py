"""All projects at a glance, those that wait for a person first; and how a project's state is told on any page."""

import re
from collections.abc import Iterator, Mapping, Sequence

import htpy as h
from markupsafe import Markup

from sentinel.core.release.holding import held_sentence
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import State
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import Tone, chip, prose, since, until
from sentinel.front.console.page import Page, Part

_S = State

_TONES: Mapping[State, Tone] = {
    _S.IDLE: "calm",
    _S.AWAITING_APPROVAL: "wait",
    _S.ROLLING_BACK: "bad",
    _S.HALTED: "bad",
    _S.ARCHIVED: "good",
}
_URGENCY = ("bad", "wait", "busy", "calm", "good")
_NOTHING_YET: Mapping[State, str] = {_S.IDLE: "No sprint is open.", _S.ACTIVE: "No release candidate yet."}
_RUNNING: Mapping[OperationKind, str] = {
    OperationKind.TESTS: "Sentinel runs the tests.",
    OperationKind.PREPARE: "Sentinel prepares a release candidate.",
    OperationKind.STAGING: "Sentinel deploys the candidate to staging.",
    OperationKind.PROMOTION: "Sentinel checks the candidate before it asks a person.",
    OperationKind.DEPLOYMENT: "Sentinel deploys the release to production.",
    OperationKind.ROLLBACK: "Sentinel rolls production back.",
    OperationKind.ADOPTION: "Sentinel builds what production runs.",
}
_IN_PRODUCTION: Mapping[State, str] = {
    _S.VERIFYING: "Sentinel verifies the release in production.",
    _S.ARCHIVED: "Sentinel closes the release.",
}
"""What the deployment does after its script."""
_UNLOCK = re.compile(r" ?Production unlocks in [0-9:]+\.")


def sentence_of(view: ProjectView) -> str:
    """How the project stands, without what a page shows beside it: state, step, countdown, hold and window."""
    project, text = view.project, view.status.message
    if project.hold is not None:
        text = text.removesuffix(held_sentence(project.hold)).rstrip()
    if view.closed is not None:
        text = text.partition(view.closed.why)[0].rstrip()
    operation = project.operation
    if operation is not None:
        step = f", at {operation.step}" if operation.step else ""
        text = text.replace(f"{operation.kind} is running{step}.", _running(project.state, operation.kind))
    lines = (_UNLOCK.sub("", _without_state(line, project.state)) for line in text.split("\n"))
    return "\n".join(filter(None, lines)) or _NOTHING_YET.get(project.state, "")


def _running(state: State, kind: OperationKind) -> str:
    deploying = kind is OperationKind.DEPLOYMENT
    return _IN_PRODUCTION.get(state, _RUNNING[kind]) if deploying else _RUNNING[kind]


def _without_state(line: str, state: State) -> str:
    rest = line.removeprefix(f"{state}:").removeprefix(f"{state}.").lstrip()
    word = rest.partition(" ")[0]
    return rest[:1].upper() + rest[1:] if rest != line and word.isalpha() else rest


def tone_of(project: Project) -> Tone:
    """What waits for a person goes before what runs."""
    if project.state is State.HALTED:
        return "bad"
    if project.rollback_approval is not None or project.hold is not None:
        return "wait"
    if project.state in (_S.SOAKING, _S.ACTIVE, _S.RELEASE_CANDIDATE) and project.operation is None:
        return "calm"
    return _TONES.get(project.state, "busy")


def state_chip(project: Project) -> Markup:
    return chip(project.state.value, tone_of(project))


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
    return "Nothing waits for a person."


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
        h.p(".said")[prose(_sentence(view).partition("\n")[0], limit=240)],
        h.p(".small")[_moment(view)],
    ]


def _sentence(view: ProjectView) -> str:
    """What waits for a person goes before how the project stands."""
    hold, closed = view.project.hold, view.closed
    if hold is not None:
        return f"Put on hold by {hold.by}: {hold.reason}"
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
