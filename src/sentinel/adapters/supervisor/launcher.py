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
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

if __name__ == "__main__":  # at the end: nothing of what is installed may stand in for the standard library
    sys.path.append(str(Path(__file__).parents[3]))

from sentinel.adapters.files import open_to_group, remove_contents
from sentinel.adapters.supervisor.leftovers import end_leftovers
from sentinel.adapters.supervisor.privileges import become
from sentinel.adapters.supervisor.starting import start_supervisor
from sentinel.adapters.supervisor.strays import end_strays

REQUEST_LIMIT = 16 * 1024
DONE = "done"
SERVICES = "services"
"""The word for a user who may have services."""


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

    def guise() -> None:
        os.setresgid(-1, gid, -1)  # the system compares both before it shows an environment
        os.setresuid(-1, uid, -1)

    end_leftovers(directory, guise=guise)
    return ""


def _as_guest(action: Callable[[Path], None], path: Path, uid: int, gid: int) -> str:
    become(uid, gid)
    action(path)
    return ""


def remove_own(path: Path) -> None:
    """Removes below `path` what the user may remove; the rest is left to whom it belongs."""
    with suppress(OSError):
        remove_contents(path, lambda _: None)


_TASKS: dict[str, Callable[[Path, int, int], str]] = {
    "end": _end,
    "open": partial(_as_guest, open_to_group),
    "remove": partial(_as_guest, remove_own),
    "probe": partial(_as_guest, lambda _: None),
}


if __name__ == "__main__":
    _, link, user, group, *words = sys.argv
    serve(socket.socket(fileno=int(link)), int(user), int(group), services=words == [SERVICES])
