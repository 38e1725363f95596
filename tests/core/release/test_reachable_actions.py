"""Every action of the core is made where it may be, and refused in every other reachable document."""

from sentinel.errors.release import AdoptionError, IllegalTransitionError, InvariantBrokenError
from tests.core.exploration import Exploration, Key, key_of, tries

STANDING = "ACTIVE RELEASE_CANDIDATE SOAKING AWAITING_APPROVAL"
ADOPTING = "IDLE+adoption ACTIVE+adoption"
STOPPABLE = f"{ADOPTING} ACTIVE+tests ACTIVE+prepare STAGING+staging SOAKING+promotion AWAITING_APPROVAL+deployment"
OPEN = f"IDLE {STOPPABLE} {STANDING}"
RUNNING = f"{OPEN} DEPLOYING+deployment VERIFYING+deployment ARCHIVED+deployment ROLLING_BACK+rollback"
ACCEPTED = {
    "start sprint": "IDLE IDLE+adoption",
    "close sprint": "ACTIVE ACTIVE+adoption",
    "begin tests": "ACTIVE",
    "begin prepare": "ACTIVE",
    "begin staging": "",
    "begin promotion": "SOAKING",
    "begin deployment": "",
    "begin rollback": "",
    "begin adoption": "IDLE ACTIVE",
    "record tests": "ACTIVE+tests",
    "end": f"{ADOPTING} ACTIVE+tests ACTIVE+prepare SOAKING+promotion",
    "accept candidate": "ACTIVE+prepare",
    "refuse candidate": "ACTIVE+prepare",
    "start staging": "RELEASE_CANDIDATE SOAKING",
    "staging passed": "STAGING+staging",
    "staging failed": "STAGING+staging",
    "request approval": "SOAKING+promotion",
    "claim approval": "AWAITING_APPROVAL",
    "refuse approval": "AWAITING_APPROVAL",
    "spend claimed approval": "AWAITING_APPROVAL+deployment",
    "take the claim back": "AWAITING_APPROVAL+deployment",
    "start deployment": "AWAITING_APPROVAL+deployment",
    "deployment passed": "DEPLOYING+deployment",
    "deployment failed": "DEPLOYING+deployment VERIFYING+deployment",
    "verification passed": "VERIFYING+deployment",
    "verification failed": "VERIFYING+deployment",
    "verification blind": "VERIFYING+deployment",
    "close release": "ARCHIVED+deployment",
    "abandon": "RELEASE_CANDIDATE SOAKING SOAKING+promotion AWAITING_APPROVAL AWAITING_APPROVAL+deployment",
    "roll back": f"{OPEN} DEPLOYING+deployment VERIFYING+deployment ARCHIVED+deployment HALTED",
    "rollback passed": "ROLLING_BACK+rollback",
    "rollback failed": "ROLLING_BACK+rollback",
    "ask for rollback": f"{OPEN} ARCHIVED+deployment HALTED",
    "refuse question": f"{OPEN} ARCHIVED+deployment HALTED",
    "drop question": f"{OPEN} ARCHIVED+deployment HALTED",
    "take up": f"{STOPPABLE} DEPLOYING+deployment VERIFYING+deployment ARCHIVED+deployment ROLLING_BACK+rollback",
    "cancel to stop": STOPPABLE,
    "cancel to abandon": "STAGING+staging SOAKING+promotion AWAITING_APPROVAL+deployment",
    "cancel to roll back": f"{STOPPABLE} DEPLOYING+deployment VERIFYING+deployment ARCHIVED+deployment",
    "resolve to nothing": "HALTED",
    "resolve to the oldest": "HALTED",
    "resolve to what was left": "HALTED",
    "lose the history": f"{RUNNING} HALTED",
    "go on on another server": f"{RUNNING} HALTED",
    "adopt another": "IDLE ACTIVE",
    "adopt the oldest": "IDLE ACTIVE",
    "adopted": ADOPTING,
}
"""Where each action may be made: the state, and the operation that runs there."""


def place(key: Key) -> str:
    return f"{key.state}+{key.operation}" if key.operation else f"{key.state}"


def test_every_move_is_made_where_it_may_be_and_refused_everywhere_else(found: Exploration) -> None:
    made: dict[str, set[str]] = {name: set() for name in ACCEPTED}
    for edge in found.edges:
        key = key_of(edge.before)
        if key.cancel is None or not edge.action.name.startswith("cancel"):
            made[edge.action.name].add(place(key))
    assert made == {name: set(places.split()) for name, places in ACCEPTED.items()}


def test_a_move_changes_nothing_but_what_it_returns(found: Exploration) -> None:
    allowed = (IllegalTransitionError, InvariantBrokenError, AdoptionError)
    for project in found.documents.values():
        before = project.model_dump_json()
        list(tries(project))
        assert project.model_dump_json() == before
    assert all(isinstance(refusal.error, allowed) for refusal in found.refusals)
