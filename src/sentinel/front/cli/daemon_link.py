"""How commands reach the daemon: they start one if none runs, and ask over the operator socket."""

# pathlib costs more milliseconds than the daemon takes to answer.
# ruff: noqa: PTH109, PTH111, PTH112, PTH118

import os
import socket
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sentinel.errors.connection import PathNotUtf8Error
from sentinel.front.operator.client import OperatorClient
from sentinel.launch import locations

if TYPE_CHECKING:
    from pathlib import Path


def project_directory(options: Namespace) -> "Path":
    """`--project`, or the working directory. Raises PathNotUtf8Error."""
    from pathlib import Path  # noqa: PLC0415 - what only asks the daemon needs none of it

    return Path(_directory(options))


def operator(options: Namespace) -> OperatorClient:
    """With this machine's daemon `--project` may also be a project's id.

    Raises what says that no daemon can be reached or started.
    """
    directory, system = _directory(options), locations.system_folder(os.environ)
    if system is not None:
        path = locations.system_operator_socket(system)
        claim = _claim(options, directory)
    else:
        path, claim = locations.operator_socket(locations.state_home(os.environ)), None
    if not _answers(path):
        _start()
    return OperatorClient(path, directory, claim)


def _directory(options: Namespace) -> str:
    named = _named(options)
    directory = os.path.join(os.getcwd(), os.path.expanduser(named)) if named else os.getcwd()
    shown = os.fsencode(directory).decode("utf-8", "backslashreplace")
    if shown != directory:
        raise PathNotUtf8Error(path=shown)
    return directory


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
        link.connect(path)
        return True
    return False


def _start() -> None:
    """Loads what starts the daemon only if none answers."""
    from sentinel.launch.daemon_start import ensure_daemon, machine_daemon  # noqa: PLC0415 - see above
    from sentinel.launch.settings import Settings  # noqa: PLC0415 - the same

    settings = Settings.from_environ(os.environ)
    if settings.system is not None:
        machine_daemon(str(settings.operator_socket)).close()
    else:
        ensure_daemon(str(settings.home), os.environ).close()


def _claim(options: Namespace, directory: str) -> str | None:
    from sentinel.launch.nearest_policy import claimed_project  # noqa: PLC0415 - for this machine's daemon alone

    named = _named(options)
    return named if named and not os.path.isdir(directory) else claimed_project(directory)


def _named(options: Namespace) -> str | None:
    named: str | None = getattr(options, "project", None)
    return named


def project_line(found: Any, what: str) -> str:
    """What would be done, and in which project; `found` is the daemon's OperatorStatus."""
    return f"{found['name']} ({found['project']}): {what}"
