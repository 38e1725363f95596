"""One project: where its release is, what runs, what holds or blocks it, and what production runs."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import htpy as h
from markupsafe import Markup

from sentinel.core.release.holding import exceptions
from sentinel.core.release.hotfix import can_change
from sentinel.core.release.model import BlockedBy, Project, Release
from sentinel.core.release.rollback import rollback_target
from sentinel.core.release.states import State
from sentinel.core.tools.status_text import Live
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import (
    at,
    chip,
    code,
    digest,
    drawn,
    facts,
    folded,
    notes,
    output,
    prose,
    said,
    shape,
    since,
    until,
)
from sentinel.front.console.page import Page, Part, Tab, form_token
from sentinel.front.console.pages.projects import sentence_of, state_chip

_WORDS: Mapping[State, str] = {
    State.IDLE: "Idle",
    State.ACTIVE: "Sprint",
    State.RELEASE_CANDIDATE: "Candidate",
    State.STAGING: "Staging",
    State.SOAKING: "Soaking",
    State.AWAITING_APPROVAL: "Approval",
    State.DEPLOYING: "Deploying",
    State.VERIFYING: "Verifying",
    State.ARCHIVED: "Archived",
    State.ROLLING_BACK: "Rolling back",
    State.HALTED: "Halted",
}
_TRACK = tuple(state for state in State if state not in (State.ROLLING_BACK, State.HALTED))
"""The way of a release from its first to its last state."""


def project_tabs(project: Project) -> tuple[Tab, ...]:
    return _tabs(f"/projects/{project.id}", int(waits_for_answer(project)), project.open_high_findings)


@lru_cache(maxsize=64)
def _tabs(base: str, questions: int, findings: int) -> tuple[Tab, ...]:
    return (
        Tab(base, "Overview"),
        Tab(f"{base}/plan", "Plan"),
        Tab(f"{base}/question", "Question", questions),
        Tab(f"{base}/verification", "Verification"),
        Tab(f"{base}/releases", "Releases"),
        Tab(f"{base}/history", "History"),
        Tab(f"{base}/findings", "Findings", findings),
        Tab(f"{base}/insights", "Insights"),
        Tab(f"{base}/production", "Production"),
    )


def waits_for_answer(project: Project) -> bool:
    """Whether a question to a person is open."""
    deployment = project.approval is not None and project.approval.claim is None
    return project.rollback_approval is not None or deployment


def project_page(view: ProjectView, live: Live | None) -> Page:
    """`live` is what runs, where something does."""
    project = view.project
    return Page(
        title=project.name,
        parts=(
            Part("headline", _headline(view)),
            Part("track", _track(project.state)),
            Part("held", held(project)),
            Part("window", window(view)),
            Part("hotfix", hotfix(project, changeable=can_change(project))),
            Part("running", _running(view, live)),
            Part("blocked", _blocked(view)),
            Part("candidate", _candidate(view)),
            Part("production", _production(view)),
            Part("locks", _locks(view)),
            Part("hold", hold_form(project)),
        ),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}",
        layout="overview",
        again_seconds=1.0 if live is not None and live.command else None,
    )


def _headline(view: ProjectView) -> h.Node:
    project, status = view.project, view.status
    return h.div(".headline")[
        h.div(".state")[state_chip(project), h.span(".sprint")[f"Sprint {printable(status.sprint, limit=80)}"]]
        if status.sprint
        else h.div(".state")[state_chip(project)],
        h.div(".message")[said(sentence_of(view))],
        _countdown(view),
        _told(status.next),
        _decide(project),
        h.p[h.a(".button", href=f"/projects/{project.id}/production")["Look at production and decide"]]
        if project.state is State.HALTED
        else None,
    ]


def _told(steps: Sequence[str]) -> h.Node:
    if not steps:
        return None
    told = h.ul(".next")[[h.li[said(step)] for step in steps]]
    return h.div(".told-agent")[h.p(".small")["What the agent is told"], told]


def _countdown(view: ProjectView) -> h.Node:
    if view.project.state is not State.SOAKING or view.soak_ends is None:
        return None
    return h.p(".countdown")["Production unlocks in ", until(view.soak_ends)]


def _decide(project: Project) -> h.Node:
    if not waits_for_answer(project):
        return None
    return h.p[h.a(".button", href=f"/projects/{project.id}/question")["Read the question and decide"]]


@lru_cache(maxsize=len(State))
def _track(at: State) -> Markup:
    """Every state of a release in its order, and where this one is; what leads off it stands at the end."""
    off = at not in _TRACK
    return drawn(
        h.ol(class_=["track", "is-off" if off else None], aria_label="The way of a release")[
            (_step(state, at) for state in _TRACK), _off(at) if off else None
        ]
    )


def _step(state: State, at: State) -> h.Element:
    place = _TRACK.index(at) if at in _TRACK else -1
    index = _TRACK.index(state)
    how = "here" if index == place else "done" if index < place else "ahead"
    current = {"aria-current": "step"} if how == "here" else {}
    mark = shape("good") if how == "done" else shape("busy") if how == "here" else shape("calm")
    return h.li({"class": f"is-{how}", **current})[mark, h.span[_WORDS[state]], _hidden(how)]


def _off(state: State) -> h.Element:
    return h.li({"class": "is-here is-bad", "aria-current": "step"})[shape("bad"), h.span[_WORDS[state]]]


def _hidden(how: str) -> h.Element:
    """The same for who does not see shapes."""
    return h.span(".unseen")[{"here": "(here)", "done": "(done)", "ahead": "(ahead)"}[how]]


def _running(view: ProjectView, live: Live | None) -> h.Node:
    operation = view.project.operation
    if operation is None or live is None or live.status.operation is None:
        return None
    share = f"{live.share:.3f}" if live.share is not None else None
    return h.div[
        h.h2[f"Running: {operation.kind}"],
        facts(
            ("Step", printable(live.step, limit=300) or "starting"),
            ("In this step", since(live.step_started) if live.step_started else None),
            ("Altogether", since(operation.started.wall)),
            ("Asked by", printable(operation.requested_by, limit=80)),
            ("Is being ended", printable(operation.cancel.reason, limit=200) if operation.cancel else None),
        ),
        h.p(".progress")[
            h.progress(value=share, max="1", aria_label="How much of the step is done") if share else None,
            h.span[printable(live.progress, limit=300)],
        ]
        if live.progress
        else None,
        output("\n".join(live.output)) if live.output else None,
    ]


def _blocked(view: ProjectView) -> h.Node:
    if not view.status.blocked_by:
        return None
    return h.div[
        h.h2["What blocks the release"],
        blocking_gates(view.status.blocked_by),
    ]


def blocking_gates(found: Sequence[BlockedBy]) -> h.Element:
    return h.ul(".gates")[map(_gate, found)]


def _gate(blocked: BlockedBy) -> h.Element:
    fix = h.p(".fix")[prose(blocked.fix)] if blocked.fix else None
    return h.li[h.div(".gate")[chip(blocked.gate, "bad")], h.div[said(blocked.message), fix]]


def _candidate(view: ProjectView) -> h.Node:
    release = view.project.release
    if release is None:
        return None
    return h.div[
        h.h2[f"Release {printable(release.tag)}"],
        facts(
            ("Commit", digest(release.commit)),
            ("Changes", str(release.changes)),
            ("Prepared", at(release.created_at)),
            ("Type", release.bump),
            ("Staged", at(release.staged.soak.started.wall) if release.staged else None),
            ("Exceptions", [h.p[prose(sentence)] for sentence in exceptions(release)] or None),
        ),
        h.ul(".files")[(h.li[code(file.name), digest(file.sha256)] for file in release.artifacts[:20])],
        folded("Notes", notes(release.notes), shown=False) if release.notes else None,
    ]


def _production(view: ProjectView) -> h.Node:
    link = h.a(href=f"/projects/{view.project.id}/production")["Roll production back"]
    return h.div[production_facts(view), h.p[link] if view.project.production else None]


def production_facts(view: ProjectView) -> h.Node:
    """What production runs, and the release it would go back to."""
    project = view.project
    production, target = project.production, rollback_target(project)
    if production is None:
        return [h.h2["Production"], h.p["Sentinel has not released anything to production yet."]]
    changing = project.state in (State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK, State.HALTED)
    return [
        h.h2["Production"],
        facts(
            ("Last verified" if changing else "Runs", h.b[printable(production.version)]),
            ("Since", at(production.deployed_at)),
            ("For", since(production.deployed_at)),
            ("Commit", digest(production.commit)),
            ("Goes back to", printable(target.version) if target else "nothing: no earlier release is kept"),
        ),
    ]


def _locks(view: ProjectView) -> h.Node:
    locked, closed = view.status.locked, view.closed.why if view.closed else ""
    if not locked:
        return None
    return h.div[
        h.h2["Locked for agents"],
        h.ul(".locks")[
            (
                h.li[
                    code(f"{lock.tool}({lock.target})" if lock.target else lock.tool),
                    " ",
                    printable(lock.reason.partition(closed)[0] if closed else lock.reason, limit=300),
                    [" ", until(lock.unlocks_at)] if lock.unlocks_at else None,
                ]
                for lock in locked
            )
        ],
    ]


def held(project: Project) -> h.Node:
    """Who holds releases, and why; the form carries that reason, so that no other hold is ended with it."""
    hold = project.hold
    if hold is None:
        return None
    return h.div(data_keep=hold.reason)[
        h.div(".state")[chip("On hold", "wait"), h.span["By ", printable(hold.by, limit=80), ", since ", at(hold.at)]],
        h.div(".message")[h.p[printable(hold.reason, limit=600)]],
        h.p["Nothing but a rollback starts until a person ends the hold."],
        h.form(method="post", action=f"/projects/{project.id}/unhold")[
            form_token(),
            h.input(type="hidden", name="reason", value=hold.reason),
            h.button(type="submit")["End the hold"],
        ],
    ]


def hold_form(project: Project) -> h.Node:
    return _hold_form(project.id) if project.hold is None else None


@lru_cache(maxsize=64)
def _hold_form(project_id: str) -> Markup:
    return drawn(
        h.details(data_name="hold", data_keep="hold")[
            h.summary["Put releases on hold"],
            h.form(".inline", method="post", action=f"/projects/{project_id}/hold")[
                form_token(),
                reason_field("hold-reason", "Reason, which the agent is told"),
                h.button(type="submit")["Put on hold"],
            ],
            h.p(".small")["Nothing but a rollback starts until a person ends the hold. What runs is not interrupted."],
        ]
    )


def window(view: ProjectView) -> h.Node:
    """The window that is closed for the candidate, and a person's way outside of it."""
    project, closed = view.project, view.closed
    if closed is None or project.release is None:
        return None
    opens = closed.opens_at
    return h.div(data_keep=project.release.id)[
        h.div(".state")[chip("Window closed", "wait"), h.span["Opens in ", until(opens)] if opens else None],
        h.div(".message")[h.p[f"{printable(closed.why, limit=600)}."]],
        h.p["It opens next ", at(opens), "."] if opens else h.p["No opening is in sight."],
        _waive(project, project.release),
    ]


def _waive(project: Project, release: Release) -> h.Node:
    tag = printable(release.tag, limit=80)
    return h.details(data_name="waive")[
        h.summary["Deploy outside of the window"],
        h.p[
            prose(
                "All other checks still hold, and a person must still approve. "
                "The reason becomes part of the signed plan, so an open question is asked anew."
            )
        ],
        h.form(".inline", method="post", action=f"/projects/{project.id}/window/waive")[
            form_token(),
            h.input(type="hidden", name="release_id", value=release.id),
            reason_field("waive-reason", f"Reason why {tag} cannot wait"),
            h.button(".danger", type="submit")[f"Allow {tag} outside of the window"],
        ],
    ]


def hotfix(project: Project, *, changeable: bool) -> h.Node:
    """That the next release is a hotfix, and why."""
    opened = project.hotfix
    if opened is None:
        return None
    end = h.form(method="post", action=f"/projects/{project.id}/hotfix/end")[
        form_token(), h.button(".danger", type="submit")["End the hotfix"]
    ]
    return h.div(data_keep=opened.reason)[
        h.div(".state")[
            chip("Hotfix", "wait"), h.span["Opened by ", printable(opened.by, limit=80), ", ", at(opened.at)]
        ],
        h.div(".message")[h.p[printable(opened.reason, limit=600)]],
        h.p["The next release is a patch with a short soak. All other gates and checks still hold."],
        end if changeable else None,
    ]


def reason_field(name: str, label: str) -> h.Node:
    """`name` is the field's id on the page."""
    return (
        h.label(for_=name)[label],
        h.input(id=name, name="reason", type="text", required=True, maxlength="500", autocomplete="off"),
    )
