"""A status as a person reads it at a terminal: where it stands, the commands that help, then the details.

Agents are told tools to call; people are told commands, and what to ask their agent for.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sentinel.core.release.holding import OLDER_POLICY
from sentinel.core.tools.live import state_style
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.duration import countdown
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, item, labelled, wrapped

CHANGING = ("DEPLOYING", "VERIFYING", "ROLLING_BACK", "HALTED")
"""States in which production may run something else than the release that was verified there last."""
CANCELLED = ("tests", "prepare", "staging", "promotion", "adoption")
"""Operations that `sentinel cancel` ends."""
_NEXT = "Next: "
_PERSON = "A person "
"""How a step begins that is a person's, whoever reads it."""


def person_steps(status: ReleaseStatus) -> tuple[str, ...]:
    """What a person can do now, first things first."""
    if status.next and status.next[0].startswith(OLDER_POLICY):
        return (f'{OLDER_POLICY} `sentinel abandon --reason "…"` gives it up; then ask your agent to prepare again.',)
    own = (step for step in status.next if step.startswith(_PERSON))
    return tuple(dict.fromkeys((*_answer(status), *own, *_by_state(status))))


def _answer(status: ReleaseStatus) -> Iterator[str]:
    if status.approval is not None:
        until = _at(status.approval.expires_at)
        page = f", or {status.approval.url}," if status.approval.url else ""
        yield f"`sentinel approve`{page} shows what is asked and takes your answer, until {until}."


def _by_state(status: ReleaseStatus) -> Iterator[str]:
    operation, tag = status.operation, status.release.tag if status.release else "the release"
    if operation is not None:
        yield "`sentinel watch` follows it."
        if operation.kind in CANCELLED and operation.status != "cancelling":
            yield "`sentinel cancel` ends it."
        elif status.state == "ROLLING_BACK":
            yield "Change nothing in production by hand until `sentinel watch` says that it has ended."
        elif status.state in ("DEPLOYING", "VERIFYING"):
            yield '`sentinel rollback --reason "…"` ends it and takes production back.'
        return
    soaks = any(lock.remaining_seconds for lock in status.locked)
    state = "SOAKED" if status.state == "SOAKING" and not soaks else status.state
    if state in _STEPS:
        yield _STEPS[state].format(tag=tag)


_GIVE_UP = '`sentinel abandon --reason "…"` gives it up.'
_STEPS = {
    "IDLE": "Ask your agent to start a sprint, or run `sentinel sprint start NAME`.",
    "ACTIVE": "Ask your agent to finish the sprint's tasks, run the tests and prepare the release.",
    "RELEASE_CANDIDATE": f"Ask your agent to deploy {{tag}} to staging; {_GIVE_UP}",
    "SOAKING": "Wait for the end of the soak; then ask your agent to deploy {tag} to production.",
    "SOAKED": f"Ask your agent to deploy {{tag}} to production; {_GIVE_UP}",
}
"""What a person asks of their agent, where nothing runs."""


def person_text(status: ReleaseStatus, screen: Screen) -> str:
    """The sentence first, on lines of its own; then what to do next, what blocks the release, and where it stands."""
    return "\n".join(person_lines(status, screen))


def person_lines(status: ReleaseStatus, screen: Screen) -> Iterator[str]:
    for line in status.message.split("\n"):
        yield from wrapped(screen, line)
    yield ""
    for step in person_steps(status):
        for line in item(screen, printable(step, limit=2000), mark=_NEXT):
            yield line.replace(_NEXT, screen.paint(_NEXT, "bold"), 1) if line.startswith(_NEXT) else line
    for blocked in status.blocked_by:
        yield f"{screen.paint('Blocked by', 'red')} {blocked.gate}: {blocked.message}"
        if blocked.fix:
            mark = "  " if blocked.fix.startswith(_PERSON) else "  For your agent: "
            yield from item(screen, blocked.fix, mark=mark)
    yield ""
    yield from _labelled(status, screen)


def _labelled(status: ReleaseStatus, screen: Screen) -> Iterator[str]:
    sprint = f", sprint {printable(status.sprint)}" if status.sprint else ""
    state = screen.paint(status.state, state_style(status.state))
    yield from labelled(screen, "state", f"{state}{sprint}")
    if status.operation is not None:
        operation = status.operation
        step = f", at {printable(operation.step)}" if operation.step else ""
        ending = ", being ended" if operation.status == "cancelling" else ""
        yield from labelled(screen, "runs", f"{operation.kind}{step}{ending}, since {_at(operation.started_at)}")
    if status.approval is not None:
        asked = status.approval
        count = f" ({len(asked.signed)} of {asked.required} approvals)" if asked.required else ""
        yield from labelled(screen, "asked", f"the {asked.kind}'s approval, until {_at(asked.expires_at)}{count}")
    if status.release is not None:
        release = status.release
        count = f"{release.artifact_count} artifact{'' if release.artifact_count == 1 else 's'}"
        yield from labelled(
            screen, "release", f"{printable(release.tag)} at {release.commit[:12]}, {release.changes}, {count}"
        )
        if release.soak_until is not None:
            yield from labelled(screen, "soak", _soak(status, release.soak_until))
    if status.production is not None:
        production = status.production
        verified = "last verified " if status.state in CHANGING else ""
        since = f"since {_at(production.deployed_at)}"
        yield from labelled(
            screen, "production", f"{verified}{printable(production.version)} at {production.commit[:12]}, {since}"
        )


def _soak(status: ReleaseStatus, until: datetime) -> str:
    left = next((lock.remaining_seconds for lock in status.locked if lock.remaining_seconds), None)
    return f"{countdown(timedelta(seconds=left))} left, until {_at(until)}" if left else f"over since {_at(until)}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
