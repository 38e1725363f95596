"""An agent and a person who do not give up: what they ask again is decided by the state alone."""

import time
from collections.abc import Callable, Mapping

from tests.crash.clients import ReleaseClient, Status

SCENARIO_SECONDS = 120.0

Action = Callable[[ReleaseClient, Status], bool]
"""What to do now; False where there is nothing to do but wait."""
Actions = Mapping[str, Action]
"""By state where nothing runs, by `STATE, running` where an operation does, until it is asked to end."""


def start_sprint(client: ReleaseClient, _status: Status) -> bool:
    client.call("start_sprint", name="Crash")
    return True


def prepare(client: ReleaseClient, status: Status) -> bool:
    """The release, after the tests and the trust that it is found to need."""
    gates = {row["gate"] for row in status["blocked_by"]}
    if "trust" in gates and not trust(client, status):
        return True
    if "tests" in gates:
        client.call("run_tests")
    else:
        client.call("prepare_release", type="minor")
    return True


def trust(client: ReleaseClient, _status: Status) -> bool:
    """Whether it was answered: tests that nobody has trusted are refused, which is not what a scenario is about."""
    preview = client.ask("trust_preview")
    return preview is not None and client.ask("trust", digest=preview["digest"]) is not None


def stage(client: ReleaseClient, _status: Status) -> bool:
    client.call("deploy", target="staging")
    return True


def promote(client: ReleaseClient, status: Status) -> bool:
    """As soon as the soak is over: a call of the locked production deploy is a finding."""
    if any((row["tool"], row["target"]) == ("deploy", "production") for row in status["locked"]):
        return False
    client.call("deploy", target="production", version=status["release"]["tag"])
    return True


def answer(phrase: str) -> Action:
    """A person types `phrase` at the open question."""

    def type_it(client: ReleaseClient, status: Status) -> bool:
        if status["approval"] is None:
            return False
        question = client.ask("question")
        if question is not None:
            named = {name: question[name] for name in ("approval_id", "plan_digest")}
            client.ask("approve", **named, phrase=phrase, channel="terminal")
        return True

    return type_it


def roll_back(client: ReleaseClient, _status: Status) -> bool:
    client.call("emergency_rollback", reason="It looks wrong.")
    return True


def abandon(client: ReleaseClient, _status: Status) -> bool:
    client.call("abandon_release", reason="It is not wanted.")
    return True


def ask(command: str, **arguments: object) -> Action:
    """A person's command."""

    def enter(client: ReleaseClient, _status: Status) -> bool:
        client.ask(command, **arguments)
        return True

    return enter


RELEASE: Actions = {
    "IDLE": start_sprint,
    "ACTIVE": prepare,
    "RELEASE_CANDIDATE": stage,
    "SOAKING": promote,
    "AWAITING_APPROVAL": answer("DEPLOY-NOW"),
}
"""The way of a release."""


def act_until(
    client: ReleaseClient, actions: Actions, until: Callable[[Status], bool], *, seconds: float = SCENARIO_SECONDS
) -> Status:
    """Makes the next move again and again until the status is as wanted. Raises DaemonEnded."""
    status = _look(client, 0)
    deadline = time.monotonic() + seconds
    while not until(status):
        assert time.monotonic() < deadline, f"this is not what was waited for: {status}"
        move = actions.get(_place(status))
        moved = move is not None and move(client, status)
        status = _look(client, 0 if moved else 1)
    return status


def _look(client: ReleaseClient, seconds: int) -> Status:
    status = client.call("release_status", wait_seconds=seconds)
    assert status is not None, "the daemon does not answer"
    return status


def _place(status: Status) -> str:
    operation = status["operation"]
    return f"{status['state']}, {operation['status']}" if operation else str(status["state"])
