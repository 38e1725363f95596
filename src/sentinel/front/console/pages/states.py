"""How a project's state is told: a word for people, a tone, and its place on the track."""

from collections.abc import Mapping
from functools import lru_cache

import htpy as h
from markupsafe import Markup

from sentinel.core.release.model import Project
from sentinel.core.release.states import State
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


def tone_of(project: Project) -> Tone:
    """What waits for a person goes before what runs."""
    if project.rollback_approval is not None:
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
