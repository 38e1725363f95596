"""Commands under supervisor processes: started once, adopted after a restart, cancelled with all they started."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

import anyio
from anyio import to_thread

from sentinel.adapters.boot import boot_id, process_start
from sentinel.adapters.files import SECRET, write_new
from sentinel.adapters.supervisor.leftovers import end_leftovers
from sentinel.adapters.supervisor.log import Follower, last_lines
from sentinel.adapters.supervisor.starting import in_memory, start_supervisor
from sentinel.core.release.variables import CommandUser
from sentinel.core.values.printable import printable
from sentinel.errors.command import OrderNotWrittenError, SupervisorNotStartedError

PERIOD_SECONDS = 0.2
"""How often output is looked for, and the supervisor's end where the system cannot tell it."""

Outcome = Literal["exited", "signalled", "timed_out", "cancelled", "failed_to_start", "lost"]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run, where, with which whole environment, and for how long at most.

    `grace_seconds` is the time between TERM and KILL; `output_cap` is what is kept of the output, in bytes. `guest`
    names the other user whose process it is to be, none for the daemon's own. Without `services` whatever it leaves
    running is ended when it ends. The environment, and the `hidden` values that
    the output must not show, are never written to the disk.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    timeout_seconds: float
    output_cap: int = 16 * 1024 * 1024
    grace_seconds: float = 5.0
    guest: CommandUser | None = None
    services: bool = True
    hidden: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """How a command ended. `exit_code` is the negative signal number where one ended it; `tail` is printable.

    `lost` means that its supervisor died: whether the command did its work is not known, and it no longer runs.
    """

    outcome: Outcome
    exit_code: int | None
    seconds: float
    tail: str
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome == "exited" and self.exit_code == 0


class Hands(Protocol):
    """Starts the supervisors of commands of one user, and ends what a dead one has left."""

    def start(self, directory: Path, given: bytes) -> str:
        """Returns when a supervisor has taken the order of `directory`, or why none did; `given` is its input."""
        ...

    def end_leftovers(self, directory: Path) -> None: ...


class OwnHands:
    """Commands that are the daemon's own processes."""

    def start(self, directory: Path, given: bytes) -> str:
        with in_memory(given) as stream:
            return start_supervisor(directory, stream)

    def end_leftovers(self, directory: Path) -> None:
        end_leftovers(directory)


OWN = OwnHands()
NO_GUESTS: Mapping[CommandUser, Hands] = MappingProxyType({})
BUILD: CommandUser = "build"
"""The guest of orders that were written when there was only one."""


async def run_script(
    directory: Path,
    order: Order,
    *,
    on_output: Callable[[str], None] | None = None,
    guests: Mapping[CommandUser, Hands] = NO_GUESTS,
) -> ScriptResult:
    """Runs, adopts or reports the one run of `directory`; there is never a second one, even of a lost one.

    `on_output` is called with new output, printable. Cancelling the wait leaves the command running, to be adopted.
    `guests` start what is ordered as theirs.
    Raises OrderNotWrittenError, SupervisorNotStartedError.
    """
    directory = directory.absolute()
    if not (directory / "order.json").exists():
        await to_thread.run_sync(_write_order, directory, order)
    if not is_taken(directory):
        hands = guests[order.guest] if order.guest else OWN
        fault = await to_thread.run_sync(hands.start, directory, _input(order))
        if not is_taken(directory):
            await _ended(directory, None)  # one that gave up may still hold the lock, another caller's may be at work
            if not is_taken(directory):
                raise SupervisorNotStartedError(reason=fault)
    await _ended(directory, Follower(directory / "output.log", on_output) if on_output else None)
    return await to_thread.run_sync(_result, directory, guests)


async def cancel_script(directory: Path, *, guests: Mapping[CommandUser, Hands] = NO_GUESTS) -> None:
    """Ends the run of `directory` with its whole tree, and returns when it has ended; one to come will not start."""
    if not (directory / "order.json").exists() or is_finished(directory):
        return
    (directory / "cancel").touch()
    await _ended(directory, None)
    if is_taken(directory) and not is_finished(directory):
        await to_thread.run_sync(_hands(directory, guests).end_leftovers, directory)


async def cancel_under(directory: Path, *, guests: Mapping[CommandUser, Hands] = NO_GUESTS) -> None:
    """Ends every run below `directory`, where they lie as STEP/ATTEMPT; other folders there are not ours to touch."""
    async with anyio.create_task_group() as tasks:
        for order in directory.glob("*/[0-9]*/order.json"):
            tasks.start_soon(partial(cancel_script, order.parent, guests=guests))


def is_taken(directory: Path) -> bool:
    """Whether a supervisor took the order: from then on it is never started again, and what it needs is not asked."""
    return (directory / "identity.json").exists()


def is_finished(directory: Path) -> bool:
    """Whether the run of `directory` has ended and its result is known."""
    return (directory / "status.json").exists()


def is_running(directory: Path) -> bool:
    """Whether a supervisor holds the folder's lock, which it does for its whole life."""
    try:
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return not is_finished(directory)
    finally:
        os.close(lock)
    return False


_SENTENCES = {
    "signalled": "was ended by signal {signal} after {seconds:.0f} s",
    "timed_out": "did not end within its time and was stopped after {seconds:.0f} s",
    "cancelled": "was cancelled after {seconds:.0f} s",
    "failed_to_start": "could not be started: {reason}",
    "lost": "was lost: its end was not seen by anybody",
}


def sentence(result: ScriptResult) -> str:
    """How it ended, to follow the command's name."""
    if result.outcome == "exited":
        return f"ended with exit code {result.exit_code} after {result.seconds:.0f} s"
    signal = -(result.exit_code or 0)
    shown = _SENTENCES[result.outcome].format(signal=signal, seconds=result.seconds, reason=result.reason)
    return f"{shown} ({result.reason})" if result.reason and result.outcome != "failed_to_start" else shown


def _write_order(directory: Path, order: Order) -> None:
    document: dict[str, object] = {
        "argv": list(order.argv),
        "cwd": str(order.cwd),
        "timeout_seconds": order.timeout_seconds,
        "grace_seconds": order.grace_seconds,
        "output_cap": order.output_cap,
        "guest": order.guest,
        "services": order.services,
    }
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Where another caller's order was there first, it is the same.
        write_new(directory / "order.json", json.dumps(document).encode(), mode=SECRET)
    except OSError as error:
        raise OrderNotWrittenError(reason=error.strerror) from None


def _input(order: Order) -> bytes:
    """What a supervisor is told of it that is not on the disk."""
    return json.dumps({"env": dict(order.env), "hidden": order.hidden}).encode()


def _hands(directory: Path, guests: Mapping[CommandUser, Hands]) -> Hands:
    """Who may end the run of `directory`, as its order says."""
    try:
        guest = json.loads((directory / "order.json").read_text())["guest"]
        return guests[BUILD if guest is True else guest] if guest else OWN
    except (OSError, ValueError, KeyError):  # a damaged one runs nothing; an older version's was ours
        return OWN


async def _ended(directory: Path, follower: Follower | None) -> None:
    """Waits until no supervisor works in `directory` any more."""
    with _supervisor(directory) as process:
        while is_running(directory):
            with anyio.move_on_after(PERIOD_SECONDS if follower or process is None else None):
                await (anyio.sleep_forever() if process is None else anyio.wait_readable(process))
            if follower:
                follower.look()


@contextmanager
def _supervisor(directory: Path) -> Iterator[int | None]:
    """A descriptor that becomes readable when the supervisor ends; None where the system has none, or it has ended."""
    process: int | None = None
    with suppress(OSError, ValueError, AttributeError):
        recorded = json.loads((directory / "identity.json").read_text())
        process = os.pidfd_open(recorded["pid"])
        if recorded["boot"] != boot_id() or recorded["start"] != process_start(recorded["pid"]):
            os.close(process)
            process = None
    try:
        yield process
    finally:
        if process is not None:
            os.close(process)


def _result(directory: Path, guests: Mapping[CommandUser, Hands]) -> ScriptResult:
    try:
        status = json.loads((directory / "status.json").read_text())
    except OSError:
        _hands(directory, guests).end_leftovers(directory)
        return ScriptResult("lost", None, 0.0, last_lines(directory / "output.log"))
    return _read_result(status, last_lines(directory / "output.log"))


def result_sentence(status: Mapping[str, Any]) -> str:
    """How a command ended, by the content of its `status.json`. Raises ValueError, KeyError."""
    return sentence(_read_result(status, ""))


def _read_result(status: Mapping[str, Any], tail: str) -> ScriptResult:
    if status["outcome"] not in get_args(Outcome):
        raise ValueError(status["outcome"])
    return ScriptResult(
        outcome=status["outcome"],
        exit_code=status["exit_code"],
        seconds=status["seconds"],
        tail=tail,
        reason=printable(status["reason"]),
    )
