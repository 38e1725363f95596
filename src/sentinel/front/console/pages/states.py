"""How a project's state is told: a word for people, a tone, and its place on the track."""

import re
from collections.abc import Mapping
from functools import lru_cache

import htpy as h
from markupsafe import Markup

from sentinel.core.release.holding import held_sentence
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import State
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import Tone, chip, drawn, shape

_S = State

WORDS: Mapping[State, str] = {
    _S.IDLE: "Idle",
    _S.ACTIVE: "Sprint",
    _S.RELEASE_CANDIDATE: "Candidate",
    _S.STAGING: "Staging",
    _S.SOAKING: "Soaking",
    _S.AWAITING_APPROVAL: "Approval",
    _S.DEPLOYING: "Deploying",
    _S.VERIFYING: "Verifying",
    _S.ARCHIVED: "Archived",
    _S.ROLLING_BACK: "Rolling back",
    _S.HALTED: "Halted",
}
TRACK = tuple(state for state in State if state not in (_S.ROLLING_BACK, _S.HALTED))
"""The way of a release from its first to its last state."""
_TONES: Mapping[State, Tone] = {
    _S.IDLE: "calm",
    _S.AWAITING_APPROVAL: "wait",
    _S.ROLLING_BACK: "bad",
    _S.HALTED: "bad",
    _S.ARCHIVED: "good",
}


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


@lru_cache(maxsize=len(State))
def track(at: State) -> Markup:
    """Every state of a release in its order, and where this one is; what leads off it stands at the end."""
    off = at not in TRACK
    return drawn(
        h.ol(class_=["track", "is-off" if off else None], aria_label="The way of a release")[
            (_step(state, at) for state in TRACK), _off(at) if off else None
        ]
    )


def _step(state: State, at: State) -> h.Element:
    place = TRACK.index(at) if at in TRACK else -1
    index = TRACK.index(state)
    how = "here" if index == place else "done" if index < place else "ahead"
    current = {"aria-current": "step"} if how == "here" else {}
    mark = shape("good") if how == "done" else shape("busy") if how == "here" else shape("calm")
    return h.li({"class": f"is-{how}", **current})[mark, h.span[WORDS[state]], _hidden(how)]


def _off(state: State) -> h.Element:
    return h.li({"class": "is-here is-bad", "aria-current": "step"})[shape("bad"), h.span[WORDS[state]]]


def _hidden(how: str) -> h.Element:
    """The same for who does not see shapes."""
    return h.span(".unseen")[{"here": "(here)", "done": "(done)", "ahead": "(ahead)"}[how]]
