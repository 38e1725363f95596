"""What earlier commands of a user left on the machine, ended before a new one starts. Standard library only.

Every command runs below a supervisor, which collects whatever forks away from it. A process of the user that is below
none is left from a command that is over.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sentinel.adapters import files
from sentinel.adapters.supervisor.privileges import become
from sentinel.adapters.supervisor.processes import PERIOD_SECONDS, clock, kill_all, processes, stat_of

SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - what others left there is looked at
KILL_SECONDS = 5.0
LOOKS = 10
PROGRAMS = tuple(str(Path(__file__).with_name(name)).encode() for name in ("shim.py", "launcher.py"))
"""What may run commands, or help with their files, as the user."""


def end_strays(uid: int, gid: int) -> str:
    """Why some are still alive. With them go their files in the folders that all users share."""
    if not _strays(uid):
        _clear_shared(uid, gid)
        return ""
    if kill_all(lambda: _strays(uid)):
        _end_all_at_once(uid, gid)
    if left := _strays(uid):
        return f"{len(left)} processes that an earlier command left cannot be ended"
    _clear_shared(uid, gid)
    return ""


def _strays(uid: int) -> list[int]:
    """Processes of the user that are below no living supervisor of ours."""
    found: list[int] = []
    for _ in range(LOOKS):
        table = processes()
        own = {pid for pid in table if table[pid][0] not in "ZX" and _uid(pid) == uid}
        kept = {pid: _is_supervised(pid, own, table) for pid in own}
        found = [pid for pid, supervised in kept.items() if supervised is False]
        if found or None not in kept.values():
            break
    return found


def _is_supervised(pid: int, own: set[int], table: dict[int, list[str]]) -> bool | None:
    """Whether the first process above it that is not the user's is a supervisor; None where that ended meanwhile."""
    try:
        above = int(table[pid][1])
        while above in own or above not in table:  # younger than the table
            above = int((table.get(above) or stat_of(str(above)))[1])
        words = Path(f"/proc/{above}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return _uid(above) == os.getuid() and any(program in words for program in PROGRAMS)


def _uid(pid: int) -> int | None:
    """By a file that everybody may read: a process can hide the owner of its folder."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith("Uid:"):
                return int(line.split()[1])
    return None


def _end_all_at_once(uid: int, gid: int) -> None:
    """What forks faster than it can be found: the system ends every process of the user, running commands too."""

    def kill() -> None:
        os.kill(-1, signal.SIGKILL)

    deadline = clock() + KILL_SECONDS
    while _strays(uid) and clock() < deadline:
        _as_user(kill, uid, gid)
        time.sleep(PERIOD_SECONDS)


def _clear_shared(uid: int, gid: int) -> None:
    """Only where no command of the user runs, which may need its files."""
    if not any(_uid(pid) == uid for pid in processes()):
        _as_user(lambda: _remove_own(uid), uid, gid)


def _remove_own(uid: int) -> None:
    for folder in SHARED:
        with suppress(OSError):
            with os.scandir(folder) as found:
                names = [entry.name for entry in found if entry.stat(follow_symlinks=False).st_uid == uid]
            for name in names:
                with suppress(OSError):
                    files.remove_tree(folder / name)


def _as_user(action: Callable[[], None], uid: int, gid: int) -> None:
    """Does it in a process that is the user's for ever, and waits for its end."""
    child = os.fork()
    if child == 0:
        try:
            become(uid, gid)
            action()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
