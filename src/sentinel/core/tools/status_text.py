"""A status as text: for agents, for a person at a terminal, and for `sentinel watch`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from sentinel.core.release.holding import OLDER_POLICY
from sentinel.core.release.model import BlockedBy
from sentinel.core.tools.status import ApprovalView, LockedView, ReleaseStatus, ReleaseView
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style, cut, item, labelled, wrapped
from sentinel.core.values.times import countdown, spoken

CHANGING = ("DEPLOYING", "VERIFYING", "ROLLING_BACK", "HALTED")
"""States in which production may run something other than the release that was last verified there."""


def status_text(status: ReleaseStatus) -> str:
    """The sentence first, on lines of its own; then what to do next, what blocks the release, and where it stands."""
    return "\n".join((status.message, "", *_details(status)))


def _details(status: ReleaseStatus) -> Iterator[str]:
    for step in status.next:
        yield f"Next: {step}"
    yield from map(blocked_line, status.blocked_by)
    yield from _standing(status)


def blocked_line(blocked: BlockedBy) -> str:
    between = "\n" if "\n" in blocked.message else " "  # what to do stands apart from quoted output
    return f"Blocked by {blocked.gate}: {blocked.message}{between}{blocked.fix}".rstrip()


def _standing(status: ReleaseStatus) -> Iterator[str]:
    project = f" of {printable(status.project)}" if status.project else ""
    sprint = f" (sprint {status.sprint})" if status.sprint else ""
    yield f"State{project}: {status.state}{sprint}; trust: {status.trust}"
    if status.hold is not None:
        yield f"Held: by {printable(status.hold.by)} since {status.hold.at:%Y-%m-%d %H:%M} UTC: {status.hold.reason}"
    if status.hotfix is not None:
        yield f"Hotfix: opened by {printable(status.hotfix.by)}: {status.hotfix.reason}"
    if status.operation is not None:
        runs = status.operation
        yield f"Running: {runs.kind}, {runs.step or 'starting'} ({runs.status}, {runs.id})"
    if status.approval is not None:
        asked = status.approval
        until = f"until {asked.expires_at:%H:%M:%S} UTC{_approvals(asked)}"
        yield f"Waiting for a human: the {asked.kind}'s approval, {until}"
    for lock in status.locked:
        yield _locked(lock)
    if status.production is not None:
        label = "Last verified in production" if status.state in CHANGING else "Production"
        yield f"{label}: {status.production.version} at {status.production.commit[:12]}"
    if status.release is not None:
        yield f"Release: {_release(status.release)}"


def _release(release: ReleaseView) -> str:
    count = f"{release.artifact_count} artifact{'' if release.artifact_count == 1 else 's'}"
    return f"{printable(release.tag)} at {release.commit[:12]}, {release.changes}, {count}"


def _approvals(approval: ApprovalView) -> str:
    return f" ({len(approval.signed)} of {approval.required} approvals)" if approval.required else ""


def _locked(lock: LockedView) -> str:
    target = f"({lock.target})" if lock.target else ""
    left = f" ({countdown(timedelta(seconds=lock.remaining_seconds))} left)" if lock.remaining_seconds else ""
    return f"Locked: {lock.tool}{target}{left}: {lock.reason}"


CANCELLABLE = ("tests", "prepare", "staging", "promotion", "adoption")
"""Operations that `sentinel cancel` ends."""
_NEXT = "Next: "
_BLOCKED = "Blocked by"
_PERSON = "A person "
"""How a step that only a person can take begins."""


def person_steps(status: ReleaseStatus) -> tuple[str, ...]:
    """What a person can do now, the most urgent first."""
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
        if operation.kind in CANCELLABLE and operation.status != "cancelling":
            yield "`sentinel cancel` cancels it."
        elif status.state == "ROLLING_BACK":
            yield "Change nothing in production by hand until `sentinel watch` says that it has ended."
        elif status.state in ("DEPLOYING", "VERIFYING"):
            yield '`sentinel rollback --reason "…"` ends it and takes production back.'
        return
    state = status.state
    if state == "SOAKING" and not _soak_left(status):
        state = "CLOSED" if any(lock.remaining_seconds for lock in status.locked) else "SOAKED"
    if state in _STEPS:
        yield _STEPS[state].format(tag=tag)
    if state in ("RELEASE_CANDIDATE", "SOAKING", "SOAKED", "CLOSED"):
        yield '`sentinel abandon --reason "…"` gives up the candidate.'


_STEPS = {
    "IDLE": "Ask your agent to start a sprint, or run `sentinel sprint start NAME`.",
    "ACTIVE": "Ask your agent to finish the sprint's tasks, run the tests and prepare the release.",
    "RELEASE_CANDIDATE": "Ask your agent to deploy {tag} to staging.",
    "SOAKING": "Wait for the end of the soak; then ask your agent to deploy {tag} to production.",
    "SOAKED": "Ask your agent to deploy {tag} to production.",
    "CLOSED": 'Wait for the window, or run `sentinel window waive --reason "…"`; then ask your agent to deploy {tag} '
    "to production.",
}
"""What a person does while nothing runs. SOAKING after its soak is SOAKED, or CLOSED until the window opens."""


def person_text(status: ReleaseStatus, screen: Screen) -> str:
    """The sentence first, on lines of its own; then what to do next, what blocks the release, and where it stands."""
    return "\n".join(person_lines(status, screen))


def person_lines(status: ReleaseStatus, screen: Screen) -> Iterator[str]:
    for line in status.message.split("\n"):
        yield from wrapped(screen, line)
    yield ""
    steps = [printable(step, limit=2000) for step in person_steps(status)]
    for line in item(screen, steps[0], mark=_NEXT) if steps else ():
        yield line.replace(_NEXT, screen.paint(_NEXT, "bold"), 1) if line.startswith(_NEXT) else line
    for blocked in status.blocked_by:
        first, *rest = blocked.message.split("\n")
        for line in (*wrapped(screen, f"{_BLOCKED} {blocked.gate}: {first}"), *rest):
            yield line.replace(_BLOCKED, screen.paint(_BLOCKED, "red"), 1) if line.startswith(_BLOCKED) else line
        if blocked.fix:
            mark = "  " if blocked.fix.startswith(_PERSON) else "  For your agent: "
            yield from item(screen, blocked.fix, mark=mark)
    yield ""
    yield from _labelled(status, screen)
    for step in steps[1:]:
        yield from labelled(screen, "also", step)


def _labelled(status: ReleaseStatus, screen: Screen) -> Iterator[str]:
    sprint = f", sprint {printable(status.sprint)}" if status.sprint else ""
    state = screen.paint(status.state, state_style(status.state))
    yield from labelled(screen, "state", f"{state}{sprint}")
    if status.operation is not None:
        operation = status.operation
        step = f", at {printable(operation.step)}" if operation.step else ""
        ending = ", being cancelled" if operation.status == "cancelling" else ""
        yield from labelled(screen, "runs", f"{operation.kind}{step}{ending}, since {_at(operation.started_at)}")
    if status.approval is not None:
        asked = status.approval
        until = f"until {_at(asked.expires_at)}{_approvals(asked)}"
        yield from labelled(screen, "asked", f"the {asked.kind}'s approval, {until}")
    if status.release is not None:
        yield from labelled(screen, "release", _release(status.release))
        if status.release.soak_until is not None:
            yield from labelled(screen, "soak", _soak(status, status.release.soak_until))
    if status.production is not None:
        production = status.production
        verified = "last verified " if status.state in CHANGING else ""
        since = f"since {_at(production.deployed_at)}"
        yield from labelled(
            screen, "production", f"{verified}{printable(production.version)} at {production.commit[:12]}, {since}"
        )


def state_style(state: str) -> Style:
    """States that need a person are red or yellow; states in which something runs are cyan."""
    if state in ("HALTED", "ROLLING_BACK"):
        return "red"
    if state == "AWAITING_APPROVAL":
        return "yellow"
    return "green" if state in ("IDLE", "ARCHIVED") else "cyan"


def _soak(status: ReleaseStatus, until: datetime) -> str:
    left = _soak_left(status)
    return f"{countdown(left)} left, until {_at(until)}" if left else f"over since {_at(until)}"


def _soak_left(status: ReleaseStatus) -> timedelta | None:
    """None if the soak is over. A timed lock may last until a window opens, which can be long after the soak."""
    until = status.release.soak_until if status.release else None
    for lock in status.locked:
        if until is not None and lock.unlocks_at is not None and lock.remaining_seconds:
            left = until - (lock.unlocks_at - timedelta(seconds=lock.remaining_seconds))
            return left if left >= timedelta(seconds=1) else None
    return None


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


BAR = 20
"""Columns of the bar."""


class Live(Frozen):
    """What `sentinel watch` shows.

    `step` is without its own message, which is `progress`; `share` is how much of it is done. `command` is the running
    one, with the last lines of its `output`. `ended` is how the followed operation ended, once it has.
    """

    status: ReleaseStatus
    at: AwareDatetime
    step: str = ""
    step_started: AwareDatetime | None = None
    progress: FreeText = ""
    share: float | None = None
    command: str = ""
    output: tuple[FreeText, ...] = ()
    ended: ReleaseStatus | None = None


def live_lines(live: Live, screen: Screen) -> Iterator[str]:
    """Each at most one line of the screen, so that they can be overwritten; without a screen, one line for all."""
    if screen.width is None:
        yield _told(live)
        return
    status, width = live.status, screen.width
    tag = f"  {printable(status.release.tag, limit=40)}" if status.release else ""
    name = printable(status.project or "", limit=40)
    first = cut(f"{name}  {status.state}{tag}  {_clock(live)}", width)
    yield first.replace(status.state, screen.paint(status.state, state_style(status.state)), 1)
    yield from _at_work(live, screen, width) if status.operation is not None else _at_rest(status, width)


def _at_work(live: Live, screen: Screen, width: int) -> Iterator[str]:
    """What runs, its progress, and its last output."""
    yield cut(_running(live), width)
    if live.progress:
        bar = f"[{_bar(live.share)}] " if live.share is not None else ""
        for line in item(screen, printable(live.progress, limit=2000), mark=bar):
            yield cut(line, width)
    if live.command and live.output:
        yield screen.paint(cut(f"output of {live.command}:", width), "dim")
        yield from (cut(f"  | {printable(line, limit=width)}", width) for line in live.output)


def _at_rest(status: ReleaseStatus, width: int) -> Iterator[str]:
    """The state's sentence, and the countdowns."""
    said = status.message.removeprefix(f"{status.state}. ").removeprefix(f"{status.state}: ")
    for line in _sentence(said):
        yield from (cut(part, width) for part in wrapped(Screen(width=width), line))
    for lock in status.locked:
        if lock.remaining_seconds:
            left = countdown(timedelta(seconds=lock.remaining_seconds))
            yield cut(f"{left} until {printable(lock.tool)}({printable(lock.target or '')}) unlocks", width)


def _told(live: Live) -> str:
    """The sentence that names the state, the time, and for how long the operation has run."""
    lines = live.status.message.split("\n")
    sentence = next((line for line in lines if line.startswith(live.status.state)), lines[0])
    operation = live.status.operation
    elapsed = f" [{spoken(live.at - operation.started_at)}]" if operation else ""
    return f"{_clock(live)}  {printable(sentence, limit=2000)}{elapsed}"


def _running(live: Live) -> str:
    """What runs, its step, and for how long."""
    operation = live.status.operation
    if operation is None:
        return "nothing runs"
    ending = ", is being cancelled" if operation.status == "cancelling" else ""
    text = f"{operation.kind}{ending}, {spoken(live.at - operation.started_at)}"
    if not live.step:
        return text
    since = f", {spoken(live.at - live.step_started)}" if live.step_started else ""
    return f"{text}: {printable(live.step)}{since}"


def _clock(live: Live) -> str:
    return f"{live.at:%H:%M:%S} UTC"


def _sentence(message: str) -> tuple[str, ...]:
    """The sentence alone, without quoted output."""
    return tuple(printable(line, limit=2000) for line in message.split("\n")[:2])


def _bar(share: float) -> str:
    full = round(BAR * min(1.0, max(0.0, share)))
    return f"{'█' * full}{'░' * (BAR - full)}"
