"""Starting the supervisor process of a command. Standard library only: the launcher does it too."""

import subprocess
import sys
from pathlib import Path

from sentinel.adapters.supervisor import shim
from sentinel.core.printable import printable


def start_supervisor(directory: Path, *user: str) -> str:
    """Starts a supervisor, which forks away; returns when it has taken the order, or why it did not.

    `user` is empty, or `UID:GID`: whose process the command is to be.
    """
    log = directory / "supervisor.log"
    try:
        with log.open("wb") as faults:
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", "-X", "utf8", shim.__file__, str(directory), *user],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=faults,
                env={},  # the daemon's own variables are none of the command's business
                check=False,
                cwd="/",
            )
        return printable(log.read_text(errors="replace").strip().rpartition("\n")[2]) or "it ended at once"
    except OSError as error:
        return error.strerror or str(error)
