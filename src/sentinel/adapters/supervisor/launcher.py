"""The launcher (separated mode): the one process that may act as another user, for a daemon that may not.

It is forked off before the daemon gives up its capabilities, and does four small things on request: it starts
supervisors, ends what a dead one left behind, and lets its user open or remove its own files. Whom it acts as is
settled when it starts, and whether that user may have services: one who may not has no process alive when a command
starts that an earlier command left. It ends with the daemon. Standard library only.
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

if __name__ == "__main__":  # at the end: nothing of what is installed may stand in for the standard library
    sys.path.append(str(Path(__file__).parents[3]))

from sentinel.adapters.files import open_to_group, remove_contents, remove_tree
from sentinel.adapters.processes import PERIOD_SECONDS, boot_seconds, kill_all, processes, stat_of
from sentinel.adapters.supervisor.privileges import become
from sentinel.adapters.supervisor.supervisors import end_leftovers, start_supervisor

REQUEST_LIMIT = 16 * 1024
DONE = "done"
SERVICES = "services"
"""The word for a user who may have services."""
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - what others left there is looked at
KILL_SECONDS = 5.0
LOOKS = 10
SUPERVISOR, LAUNCHER = (str(Path(__file__).with_name(name)).encode() for name in ("shim.py", "launcher.py"))
"""What runs commands as the user, and what only helps with their files."""
NOBODY = b""


def serve(link: socket.socket, uid: int, gid: int, *, services: bool) -> None:
    """Answers until the daemon ends; each request in a process of its own, over the pipe that came with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the daemon's terminal
    while True:
        request, descriptors, _, _ = socket.recv_fds(link, REQUEST_LIMIT, 2)
        if not request:
            return
        if os.fork() == 0:
            _answer(request, descriptors, uid, gid, services)
        for descriptor in descriptors:
            os.close(descriptor)


def _answer(request: bytes, descriptors: list[int], uid: int, gid: int, services: bool) -> None:  # noqa: FBT001
    """Never returns: this is a process of its own. The descriptors are a pipe for the answer, and perhaps an input."""
    pipe, *given = descriptors
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        task, path = json.loads(request)
        fault = "" if services or not given else end_strays(uid, gid)
        if not fault:
            fault = _start(Path(path), given[0], uid, gid) if given else _TASKS[task](Path(path), uid, gid)
        os.write(pipe, (fault or DONE).encode())
    except OSError as error:
        os.write(pipe, (error.strerror or str(error)).encode())
    finally:
        os._exit(0)


def _start(directory: Path, given: int, uid: int, gid: int) -> str:
    """Why the supervisor of `directory` did not take its order, where it did not."""
    with open(given, "rb") as stream:
        return start_supervisor(directory, stream, f"{uid}:{gid}")


def _end(directory: Path, uid: int, gid: int) -> str:
    """As the build user to read the environments of its processes, and as the daemon's own so that none can end us."""

    def look_as_user() -> None:
        os.setresgid(-1, gid, -1)  # the system compares both before it shows an environment
        os.setresuid(-1, uid, -1)

    end_leftovers(directory, look_as=look_as_user)
    return ""


def _act_as_user(action: Callable[[Path], None], path: Path, uid: int, gid: int) -> str:
    become(uid, gid)
    action(path)
    return ""


def remove_own(path: Path) -> None:
    """Removes below `path` what the user may remove; the rest stays."""
    with suppress(OSError):
        remove_contents(path, lambda _: None)


_TASKS: dict[str, Callable[[Path, int, int], str]] = {
    "end": _end,
    "open": partial(_act_as_user, open_to_group),
    "remove": partial(_act_as_user, remove_own),
    "probe": partial(_act_as_user, lambda _: None),
}


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
        kept = _kept_by(uid)
        found = [pid for pid, program in kept.items() if program == NOBODY]
        if found or None not in kept.values():
            break
    return found


def _kept_by(uid: int) -> dict[int, bytes | None]:
    """The live processes of the user, with the program of ours that each is below; None where that ended meanwhile."""
    table = processes()
    own = {pid for pid in table if table[pid][0] not in "ZX" and _uid(pid) == uid}
    return {pid: _program_above(pid, own, table) for pid in own}


def _program_above(pid: int, own: set[int], table: dict[int, list[str]]) -> bytes | None:
    """What the first process above it that is not the user's runs: SUPERVISOR, LAUNCHER, or NOBODY for any other."""
    try:
        above = int(table[pid][1])
        while above in own or above not in table:  # younger than the table
            above = int((table.get(above) or stat_of(str(above)))[1])
        words = Path(f"/proc/{above}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if _uid(above) != os.getuid():
        return NOBODY
    return next((program for program in (SUPERVISOR, LAUNCHER) if program in words), NOBODY)


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

    deadline = boot_seconds() + KILL_SECONDS
    while _strays(uid) and boot_seconds() < deadline:
        _as_user(kill, uid, gid)
        time.sleep(PERIOD_SECONDS)


def _clear_shared(uid: int, gid: int) -> None:
    """Only where no command of the user runs, which may need its files. What removes an older checkout is none."""
    if SUPERVISOR not in _kept_by(uid).values():
        _as_user(lambda: _remove_own(uid), uid, gid)


def _remove_own(uid: int) -> None:
    for folder in SHARED:
        with suppress(OSError):
            with os.scandir(folder) as found:
                names = [entry.name for entry in found if entry.stat(follow_symlinks=False).st_uid == uid]
            for name in names:
                with suppress(OSError):
                    remove_tree(folder / name)


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


if __name__ == "__main__":
    _, link, user, group, *words = sys.argv
    serve(socket.socket(fileno=int(link)), int(user), int(group), services=words == [SERVICES])
