"""Starting the supervisor process of a command. Standard library only: the launcher does it too."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from sentinel.adapters.supervisor import shim
from sentinel.core.values.printable import printable


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
