"""Commands under supervisor processes: started once, adopted after a restart, cancelled with all they started."""

import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import anyio
from anyio import to_thread

from sentinel.adapters.files import SECRET, read_regular, write_new
from sentinel.adapters.processes import boot_id, process_start
from sentinel.adapters.supervisor.run_folder import is_finished, is_running, is_taken, last_lines, read_result
from sentinel.adapters.supervisor.supervisors import DOCUMENT_LIMIT, end_leftovers, in_memory, start_supervisor
from sentinel.core.release.script import NO_DOCUMENT, CommandUser, ScriptInput, ScriptOrder, ScriptResult
from sentinel.errors.command import OrderNotWrittenError, SupervisorNotStartedError

PERIOD_SECONDS = 0.2
"""How often the supervisor's end is looked for where the system cannot tell it."""


class Starter(Protocol):
    """Starts the supervisors of commands of one user, and ends what a dead one has left."""

    def start(self, directory: Path, given: bytes) -> str:
        """Returns when a supervisor has taken the order of `directory`, or why none did; `given` is its input."""
        ...

    def end_leftovers(self, directory: Path) -> None: ...


class OwnStarter:
    """For commands that are the daemon's own processes."""

    def start(self, directory: Path, given: bytes) -> str:
        with in_memory(given) as stream:
            return start_supervisor(directory, stream)

    def end_leftovers(self, directory: Path) -> None:
        end_leftovers(directory)


Launchers = Mapping[CommandUser, Starter]
OWN = OwnStarter()
NO_LAUNCHERS: Launchers = MappingProxyType({})


async def run_script(
    directory: Path,
    order: ScriptOrder,
    told: Callable[[], Awaitable[ScriptInput]],
    *,
    launchers: Launchers = NO_LAUNCHERS,
) -> ScriptResult:
    """Runs, adopts or reports the one run of `directory`; there is never a second one, even of a lost one.

    `told` is asked for a run that is to begin only: an adopted one does not end for a secret that is gone.
    Cancelling the wait leaves the command running, to be adopted. `launchers` start commands of other users.
    Raises OrderNotWrittenError, SupervisorNotStartedError, and what `told` raises.
    """
    directory = directory.absolute()
    given = None if is_taken(directory) else await told()
    if not (directory / "order.json").exists():
        await to_thread.run_sync(_write_order, directory, order)
    if given is not None and not is_taken(directory):
        starter = _starter(order, launchers)
        fault = await to_thread.run_sync(starter.start, directory, json.dumps(given.document()).encode())
        if not is_taken(directory):
            await _ended(directory)  # one that gave up may still hold the lock, another caller's may be at work
            if not is_taken(directory):
                raise SupervisorNotStartedError(reason=fault)
    await _ended(directory)
    return await to_thread.run_sync(_result, directory, launchers)


async def cancel_script(directory: Path, *, launchers: Launchers = NO_LAUNCHERS) -> None:
    """Ends the run of `directory` with its whole tree, and returns when it has ended; one to come will not start."""
    if not (directory / "order.json").exists() or is_finished(directory):
        return
    (directory / "cancel").touch()
    await _ended(directory)
    if is_taken(directory) and not is_finished(directory):
        await to_thread.run_sync(_end_leftovers, directory, launchers)


async def cancel_under(directory: Path, *, launchers: Launchers = NO_LAUNCHERS) -> None:
    """Ends every run below `directory`, where they lie as STEP/ATTEMPT; other folders there are not ours to touch."""
    async with anyio.create_task_group() as tasks:
        for order in directory.glob("*/[0-9]*/order.json"):
            tasks.start_soon(partial(cancel_script, order.parent, launchers=launchers))


def _write_order(directory: Path, order: ScriptOrder) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Where another caller's order was there first, it is the same.
        write_new(directory / "order.json", json.dumps(order.document()).encode(), mode=SECRET)
    except OSError as error:
        raise OrderNotWrittenError(reason=error.strerror) from None


def _starter(order: ScriptOrder, launchers: Launchers) -> Starter:
    return launchers[order.user] if order.user else OWN


def _end_leftovers(directory: Path, launchers: Launchers) -> None:
    """As the user whose command it was, as the order of `directory` says."""
    starter: Starter = OWN
    with suppress(*NO_DOCUMENT):  # a damaged order was never run
        order = ScriptOrder.from_document(json.loads(read_regular(directory / "order.json", DOCUMENT_LIMIT) or b""))
        starter = _starter(order, launchers)
    starter.end_leftovers(directory)


async def _ended(directory: Path) -> None:
    """Waits until no supervisor works in `directory` any more."""
    with _supervisor(directory) as process:
        while is_running(directory):
            with anyio.move_on_after(PERIOD_SECONDS if process is None else None):
                await (anyio.sleep_forever() if process is None else anyio.wait_readable(process))


@contextmanager
def _supervisor(directory: Path) -> Iterator[int | None]:
    """A descriptor that becomes readable when the supervisor ends; None where the system has none, or it has ended."""
    process: int | None = None
    with suppress(OSError, AttributeError, *NO_DOCUMENT):
        recorded = json.loads(read_regular(directory / "identity.json", DOCUMENT_LIMIT) or b"")
        process = os.pidfd_open(recorded["pid"])
        if recorded["boot"] != boot_id() or recorded["start"] != process_start(recorded["pid"]):
            os.close(process)
            process = None
    try:
        yield process
    finally:
        if process is not None:
            os.close(process)


def _result(directory: Path, launchers: Launchers) -> ScriptResult:
    tail = last_lines(directory / "output.log")
    found = read_result(directory)
    if found is None or found.outcome == "lost":
        _end_leftovers(directory, launchers)
    return replace(found or ScriptResult("lost"), tail=tail)
