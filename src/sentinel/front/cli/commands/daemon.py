"""What serves: the daemon, and the relay that AI clients start."""

import os
import time
from argparse import Namespace
from pathlib import Path

from sentinel.adapters.processes import process_start
from sentinel.errors.connection import DaemonRunsAlreadyError, DaemonUnreachableError
from sentinel.errors.daemon import DaemonNotStoppedError
from sentinel.front.cli.parser import JSON, Action, Command, argument, command
from sentinel.front.cli.printing import print_reply
from sentinel.front.operator.client import OperatorClient, Reply
from sentinel.launch import daemon_start
from sentinel.launch.daemon_start import connect, ensure_daemon, machine_daemon
from sentinel.launch.settings import Settings

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.02


def _run(options: Namespace) -> int:
    from sentinel.daemon import run_daemon

    run_daemon(Settings.from_environ(os.environ), os.environ, options.listen)
    return 0


def _start(options: Namespace) -> int:
    settings = Settings.from_environ(os.environ)
    _started(settings, options.listen)
    served = str(settings.system or settings.home)
    return _print_daemon(options, f"The daemon serves {served}.", running=True, serves=served)


def _started(settings: Settings, listen: str | None) -> None:
    if settings.system is not None:
        machine_daemon(str(settings.operator_socket)).close()  # where it does not run, this says who starts it
        return
    if listen is None:
        ensure_daemon(str(settings.home), os.environ).close()
        return
    if (link := connect(str(settings.agent_socket))) is not None:
        link.close()
        raise DaemonRunsAlreadyError(home=settings.home)
    ensure_daemon(str(settings.home), os.environ, command=(*daemon_start.DAEMON, "--listen", listen)).close()


def _stop(options: Namespace) -> int:
    """Waits until it has ended, so that another one can start at once."""
    settings = Settings.from_environ(os.environ)
    try:
        pid = OperatorClient(settings.operator_socket, settings.home).stop()
    except DaemonUnreachableError:
        return _print_daemon(options, "No daemon runs.", running=False)
    deadline = time.monotonic() + STOP_SECONDS
    while _runs(pid) or connect(str(settings.agent_socket)):
        if time.monotonic() > deadline:
            raise DaemonNotStoppedError(pid=pid)
        time.sleep(LOOK_SECONDS)
    text = "The daemon has stopped. Running scripts go on, and the next daemon adopts them."
    return _print_daemon(options, text, running=False)


def _print_daemon(options: Namespace, text: str, **data: object) -> int:
    return print_reply(Reply(data, text), options, "daemon")


def _runs(pid: int) -> bool:
    """A process that has ended exists until its parent waits for it; a container's first one may never do so."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process_start(pid) is not None or not Path("/proc/self").exists()


_LISTEN = argument("--listen", metavar="HOST:PORT", help="serve remote agents too, who need a token")
DAEMON = Command(
    "start or stop the process that owns state and deployments",
    actions={
        "run": Action("serve in this terminal", _run, (_LISTEN,), project=False),
        "start": Action("serve in the background, if none does", _start, (_LISTEN, JSON), project=False),
        "stop": Action("stop serving; running scripts go on and are adopted", _stop, (JSON,), project=False),
    },
)


def _mcp(_options: Namespace) -> int:
    """`front.cli.main` runs the relay instead: this command only describes it, for the help and the documents."""
    raise NotImplementedError


MCP = command(
    "serve an AI client on stdin and stdout",
    _mcp,
    argument(
        "--locked-tools",
        choices=("hide", "reject"),
        help="hide locked tools (default), or list every tool and reject the call",
    ),
    argument("--longest-wait", metavar="SECONDS", help="how long release_status may wait (1-3600; 50)"),
)
