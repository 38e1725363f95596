"""An agent and a person who do not give up: what they ask again is decided by the state alone."""

import time
from collections.abc import Callable, Mapping

from tests.crash.hands import Hands, Status

STORY_SECONDS = 120.0

Move = Callable[[Hands, Status], bool]
"""What to do now; False where there is nothing to do but wait."""
Moves = Mapping[str, Move]
"""By state where nothing runs, by `STATE, running` where an operation does, until it is asked to end."""


def start_sprint(hands: Hands, _status: Status) -> bool:
    hands.call("start_sprint", name="Crash")
    return True


def prepare(hands: Hands, status: Status) -> bool:
    """The release, after the tests and the trust that it is found to need."""
    gates = {row["gate"] for row in status["blocked_by"]}
    if "trust" in gates and not trust(hands, status):
        return True
    if "tests" in gates:
        hands.call("run_tests")
    else:
        hands.call("prepare_release", type="minor")
    return True


def trust(hands: Hands, _status: Status) -> bool:
    """Whether it was answered: tests that nobody has trusted are refused, which is not what a story is about."""
    preview = hands.ask("trust_preview")
    return preview is not None and hands.ask("trust", digest=preview["digest"]) is not None


def stage(hands: Hands, _status: Status) -> bool:
    hands.call("deploy", target="staging")
    return True


def promote(hands: Hands, status: Status) -> bool:
    """As soon as the soak is over: a call of the locked production deploy is a finding."""
    if any((row["tool"], row["target"]) == ("deploy", "production") for row in status["locked"]):
        return False
    hands.call("deploy", target="production", version=status["release"]["tag"])
    return True


def answer(phrase: str) -> Move:
    """A person types `phrase` at the open question."""

    def type_it(hands: Hands, status: Status) -> bool:
        if status["approval"] is None:
            return False
        question = hands.ask("question")
        if question is not None:
            named = {name: question[name] for name in ("approval_id", "plan_digest")}
            hands.ask("approve", **named, phrase=phrase, channel="terminal")
        return True

    return type_it


def roll_back(hands: Hands, _status: Status) -> bool:
    hands.call("emergency_rollback", reason="It looks wrong.")
    return True


def abandon(hands: Hands, _status: Status) -> bool:
    hands.call("abandon_release", reason="It is not wanted.")
    return True


def ask(command: str, **arguments: object) -> Move:
    """A person's command."""

    def enter(hands: Hands, _status: Status) -> bool:
        hands.ask(command, **arguments)
        return True

    return enter


RELEASE: Moves = {
    "IDLE": start_sprint,
    "ACTIVE": prepare,
    "RELEASE_CANDIDATE": stage,
    "SOAKING": promote,
    "AWAITING_APPROVAL": answer("DEPLOY-NOW"),
}
"""The way of a release."""


def insist(hands: Hands, moves: Moves, until: Callable[[Status], bool], *, seconds: float = STORY_SECONDS) -> Status:
    """Makes the next move again and again until the status is as wanted. Raises Gone."""
    status = _look(hands, 0)
    deadline = time.monotonic() + seconds
    while not until(status):
        assert time.monotonic() < deadline, f"this is not what was waited for: {status}"
        move = moves.get(_place(status))
        moved = move is not None and move(hands, status)
        status = _look(hands, 0 if moved else 1)
    return status


def _look(hands: Hands, seconds: int) -> Status:
    status = hands.call("release_status", wait_seconds=seconds)
    assert status is not None, "the daemon does not answer"
    return status


def _place(status: Status) -> str:
    operation = status["operation"]
    return f"{status['state']}, {operation['status']}" if operation else str(status["state"])
