"""Commands under supervisor processes: started once, adopted after a restart, cancelled with all they started."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio

from sentinel.adapters.supervisor import shim
from sentinel.core.printable import printable_lines
from sentinel.errors.process import OrderNotWrittenError

OUTPUT_CAP = 16 * 1024 * 1024
TAIL_BYTES = 4096
PERIOD_SECONDS = 0.05
START_SECONDS = 10.0
"""A supervisor that has not taken its lock by then never started."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to run, where, with which environment and for how long at most."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    timeout_seconds: float
    output_cap: int = OUTPUT_CAP


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """How a command ended: exited, signalled, timed_out, cancelled, failed_to_start or lost."""

    outcome: str
    exit_code: int | None
    seconds: float
    tail: str
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome == "exited" and self.exit_code == 0


async def run_script(folder: Path, order: Order) -> ScriptResult:
    """Runs, adopts or reports the run of `folder`; never a second one. Cancelling the wait leaves the command alone.

    Raises OrderNotWrittenError.
    """
    if not (folder / "order.json").exists():
        await anyio.to_thread.run_sync(_write_order, folder, order)
    if not is_finished(folder) and not (folder / "started").exists():
        await anyio.to_thread.run_sync(_start, folder)
        with anyio.move_on_after(START_SECONDS):
            while not (folder / "started").exists() and not is_finished(folder):
                await anyio.sleep(PERIOD_SECONDS / 5)
    while not is_finished(folder) and is_running(folder):
        await anyio.sleep(PERIOD_SECONDS)
    return await anyio.to_thread.run_sync(_result, folder)


async def cancel_script(folder: Path) -> None:
    """Ends the run of `folder` with its whole tree, and returns when it has ended."""
    if not is_running(folder):
        return
    (folder / "cancel").touch()
    while is_running(folder):
        await anyio.sleep(PERIOD_SECONDS)


async def cancel_under(folder: Path) -> None:
    """Ends every run below `folder`."""
    async with anyio.create_task_group() as tasks:
        for order in folder.glob("*/*/order.json"):
            tasks.start_soon(cancel_script, order.parent)


def is_finished(folder: Path) -> bool:
    return (folder / "status.json").exists()


def is_running(folder: Path) -> bool:
    """Whether a supervisor holds the folder's lock, which it does for its whole life."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _write_order(folder: Path, order: Order) -> None:
    document = {
        "argv": list(order.argv),
        "cwd": str(order.cwd),
        "env": dict(order.env),
        "timeout_seconds": order.timeout_seconds,
        "output_cap": order.output_cap,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / "order.tmp"
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(document))
        temporary.replace(folder / "order.json")
    except OSError as error:
        raise OrderNotWrittenError(reason=error.strerror) from None


def _start(folder: Path) -> None:
    """The supervisor forks away from the daemon at once; what starts it ends immediately."""
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", shim.__file__, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        cwd="/",
    )


def _result(folder: Path) -> ScriptResult:
    tail = _tail(folder / "output.log")
    try:
        status = json.loads((folder / "status.json").read_text())
    except (OSError, ValueError):
        return ScriptResult(outcome="lost", exit_code=None, seconds=0.0, tail=tail)
    return ScriptResult(
        outcome=status["outcome"],
        exit_code=status["exit_code"],
        seconds=status["ended"] - status["began"],
        tail=tail,
        reason=status["reason"],
    )


def _tail(log: Path) -> str:
    """The end of the output, safe to show."""
    try:
        with log.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - TAIL_BYTES))
            return printable_lines(stream.read().decode(errors="replace"), limit=TAIL_BYTES)
    except OSError:
        return ""


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
    return _SENTENCES[result.outcome].format(signal=signal, seconds=result.seconds, reason=result.reason)
