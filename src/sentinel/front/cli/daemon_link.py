"""The daemon as the commands reach it: started where none runs, then asked over the operator socket."""

import os
import socket
from argparse import Namespace
from pathlib import Path

from sentinel.errors.wire import PathNotUtf8Error
from sentinel.front.operator.client import OperatorClient
from sentinel.launch.settings import Settings


def project_directory(options: Namespace) -> Path:
    """`--project`, or the working directory; with this machine's daemon `--project` may also be a project's id.

    Raises PathNotUtf8Error.
    """
    directory = Path(_named(options) or ".").expanduser().absolute()
    shown = os.fsencode(directory).decode("utf-8", "backslashreplace")
    if shown != str(directory):
        raise PathNotUtf8Error(path=shown)
    return directory


def operator(options: Namespace) -> OperatorClient:
    """Raises what says that no daemon can be reached or started."""
    settings = Settings.from_environ(os.environ)
    directory = project_directory(options)
    if not _answers(settings.operator_socket):
        _start(settings)
    claim = _claim(options, directory) if settings.system is not None else None
    return OperatorClient(settings.operator_socket, directory, claim)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        return link.connect_ex(str(path)) == 0


def _start(settings: Settings) -> None:
    """What starts the daemon is loaded only where none answers."""
    from sentinel.launch.daemon_start import ensure_daemon, machine_daemon  # noqa: PLC0415 - see above

    if settings.system is not None:
        machine_daemon(str(settings.operator_socket)).close()
    else:
        ensure_daemon(str(settings.home), os.environ).close()


def _claim(options: Namespace, directory: Path) -> str | None:
    from sentinel.launch.claimed_project import claimed_project  # noqa: PLC0415 - for this machine's daemon alone

    named = _named(options)
    return named if named and not directory.is_dir() else claimed_project(str(directory))


def _named(options: Namespace) -> str | None:
    named: str | None = getattr(options, "project", None)
    return named
