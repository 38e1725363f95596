"""Processes of this machine: told apart, found below one or by their user, and ended. Standard library only."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

KILL_SECONDS = 5.0
"""How long killed processes are waited for: one stuck in the kernel, or of another user, may never end."""
PERIOD_SECONDS = 0.1
SHOWN = 5
COMMAND_LIMIT = 100


def boot_id() -> str:
    """Names this boot of the machine; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def boot_seconds() -> float:
    """Seconds since boot, time asleep included where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def process_start(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None where there is no such process.

    Together with the boot it tells a process from another one that was given its number.
    """
    try:
        fields = stat_of(str(pid))
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


def descendants(group: int) -> list[int]:
    """Every live process below this one; as their subreaper it is also the parent of those that forked away.

    Where the system has no /proc: the process group of the command, as the negative number that `kill` takes.
    """
    table = processes()
    if not table:
        with contextlib.suppress(OSError):
            os.kill(-group, 0)
            return [-group]
        return []
    children: dict[int, list[int]] = {}
    for pid, fields in table.items():
        children.setdefault(int(fields[1]), []).append(pid)
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return [pid for pid in found if table[pid][0] not in "ZX"]


def processes() -> dict[int, list[str]]:
    """The fields of /proc/PID/stat after the name: 0 state, 1 parent, 3 session, 19 start in ticks since boot."""
    table: dict[int, list[str]] = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208 - quicker
        if entry.isdigit():
            with contextlib.suppress(OSError):
                table[int(entry)] = stat_of(entry)
    return table


def kill_all(living: Callable[[], list[int]]) -> list[int]:
    """Freezes what `living` finds, so that nothing forks away meanwhile, kills it, and returns what is still left."""
    deadline = boot_seconds() + KILL_SECONDS
    while (left := living()) and boot_seconds() < deadline:
        frozen: set[int] = set()
        while fresh := set(living()) - frozen:
            send(fresh, signal.SIGSTOP)
            frozen |= fresh
        send(frozen, signal.SIGKILL)
        time.sleep(PERIOD_SECONDS / 10)
    return left


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signals those that are still there and may be signalled."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def described(pids: Sequence[int]) -> str:
    """What runs in them: `2 processes: python -m http.server; sleep 60`."""
    shown = "; ".join(_command(pid) for pid in pids[:SHOWN])
    more = f"; and {len(pids) - SHOWN} more" if len(pids) > SHOWN else ""
    return f"{len(pids)} process{'es' if len(pids) > 1 else ''}: {shown}{more}"


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return b" ".join(words).decode(errors="replace")[:COMMAND_LIMIT] or "?"
    return "?"


def stat_of(pid: str) -> list[str]:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - quicker
        return stat.read().rpartition(")")[2].split()
