"""Supervisor processes: started, and what a dead one left ended. Standard library only: the launcher does it too."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sentinel.adapters.files import read_regular
from sentinel.adapters.processes import boot_id, kill_all, processes
from sentinel.adapters.supervisor import shim
from sentinel.core.release.script import NO_DOCUMENT
from sentinel.core.values.printable import printable

DOCUMENT_LIMIT = 1024 * 1024
"""Bytes of a file beside a run; an order holds a command, which the system keeps shorter."""


def start_supervisor(directory: Path, given: BinaryIO, *user: str) -> str:
    """Starts a supervisor, which forks away; returns when it has taken the order, or why it did not.

    `given` is the file with what it is told besides; `user` is empty, or `UID:GID`: whose process the command is to be.
    """
    log = directory / "supervisor.log"
    try:
        with log.open("wb") as faults:
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", "-X", "utf8", shim.__file__, str(directory), *user],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=faults,
                env={},  # the daemon's own variables are none of the command's business
                check=False,
                cwd="/",
            )
        return printable(log.read_text(errors="replace").strip().rpartition("\n")[2]) or "it ended at once"
    except OSError as error:
        return error.strerror or str(error)


def in_memory(content: bytes) -> BinaryIO:
    """A file that holds `content` and is on no disk where the system has such files, to be read from its beginning."""
    if sys.platform == "linux":
        stream: BinaryIO = open(os.memfd_create("given"), "w+b")  # noqa: PTH123, SIM115 - a descriptor, for the caller
    else:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - for the caller
    stream.write(content)
    stream.seek(0)
    return stream


def end_leftovers(directory: Path, *, look_as: Callable[[], None] = lambda: None) -> None:
    """Kills what still runs of the command of `directory`; its supervisor must be dead.

    `look_as` is called before the processes are looked at, to do that as another user.

    The command itself died with its supervisor. Its session is told from a later one with the same number by the
    leader's start; what left the session is known by the mark in its environment.
    """
    try:
        command = json.loads(read_regular(directory / "command.json", DOCUMENT_LIMIT) or b"")
        session, start, mark = int(command["pid"]), int(command["start"]), str(command["mark"]).encode()
        boot = command["boot"]
    except NO_DOCUMENT:
        return
    look_as()
    if boot == boot_id():
        kill_all(lambda: _leftovers(session, start, mark))


def _leftovers(session: int, start: int, mark: bytes) -> list[int]:
    table = processes()
    leader = table.get(session)
    number_reused = leader is not None and int(leader[19]) != start
    return [
        pid
        for pid, fields in table.items()
        if fields[0] not in "ZX"
        and int(fields[19]) >= start
        and ((int(fields[3]) == session and not number_reused) or _is_marked(pid, mark))
    ]


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
