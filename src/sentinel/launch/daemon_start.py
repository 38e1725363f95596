"""Reaching the daemon, and starting it in the background where none runs: advisory mode only. Standard library only."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sentinel.errors.connection import DaemonUnreachableError
from sentinel.errors.daemon import DaemonNotStartedError, HomeUnusableError, MachineDaemonDownError
from sentinel.launch.locations import agent_socket, daemon_log

START_SECONDS = 20.0
"""How long a daemon may take from its start to the first answer on its socket."""
LOOK_SECONDS = 0.02
REFUSAL = "sentinel: "
"""What a refusal of the command line begins with."""
LOG_BYTES = 16 * 1024 * 1024
# -P: the client's working directory is the governed repository, and nothing of it is ever imported.
DAEMON = (
    sys.executable,
    "-P",
    "-c",
    "from sentinel.front.cli.main import main; raise SystemExit(main())",
    "daemon",
    "run",
)


def ensure_daemon(
    home: str, environ: Mapping[str, str], *, command: Sequence[str] = DAEMON, seconds: float = START_SECONDS
) -> socket.socket:
    """A connection to the agent socket in `home`, of the running daemon or of one started now in the background.

    Any number of callers start one daemon. Raises HomeUnusableError, DaemonUnreachableError where the state folder
    belongs to another user, whose daemon we must not replace, or DaemonNotStartedError.
    """
    deadline = time.monotonic() + seconds
    _prepare(home)
    with _start_lock(home, deadline):
        link = connect(agent_socket(home))
        if link is not None:
            return link
        daemon = _spawn(home, environ, command)
        return _answer_of(home, daemon.poll, deadline)


def machine_daemon(path: str) -> socket.socket:
    """A connection to the daemon of this machine (separated mode), which no client ever starts.

    Raises MachineDaemonDownError.
    """
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(path)
    except OSError as error:
        link.close()
        raise MachineDaemonDownError(path=path, reason=error.strerror or str(error)) from None
    return link


def connect(path: str) -> socket.socket | None:
    """A blocking connection to `path`; None where nobody listens."""
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(path)
    except OSError:
        link.close()
        return None
    return link


def _prepare(home: str) -> None:
    try:
        Path(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = Path(home).stat().st_uid
    except OSError as error:
        raise HomeUnusableError(path=home, reason=error.strerror) from None
    if owner != os.geteuid():
        reason = f"{home} belongs to another user, who must start it"
        raise DaemonUnreachableError(path=agent_socket(home), reason=reason)


@contextmanager
def _start_lock(home: str, deadline: float) -> Iterator[None]:
    """Held while a daemon starts; whoever waits for it finds that daemon running."""
    try:
        lock = os.open(Path(home, "start.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HomeUnusableError(path=home, reason=error.strerror) from None
    try:
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise DaemonNotStartedError(reason="another process is still starting it", log=daemon_log(home))
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _spawn(home: str, environ: Mapping[str, str], command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that neither the client's end nor its Ctrl-C ends the daemon."""
    try:
        _rotate(Path(daemon_log(home)))
        with Path(daemon_log(home)).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                env={**environ, "SENTINEL_HOME": home},
                start_new_session=True,
            )
    except OSError as error:
        raise DaemonNotStartedError(reason=error.strerror, log=daemon_log(home)) from None


def _rotate(log: Path) -> None:
    """The log of earlier daemons, kept once, does not grow without end."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _answer_of(home: str, ended: Callable[[], int | None], deadline: float) -> socket.socket:
    while time.monotonic() < deadline:
        link = connect(agent_socket(home))
        if link is not None:
            return link
        if (status := ended()) is not None:
            raise DaemonNotStartedError(reason=_last_words(home, status), log=daemon_log(home))
        time.sleep(LOOK_SECONDS)
    raise DaemonNotStartedError(reason="it does not answer yet", log=daemon_log(home))


def _last_words(home: str, status: int) -> str:
    """Its own refusal, which says what and then what to do, or else the last line that it wrote."""
    with Path(daemon_log(home)).open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - 2000))
        lines = log.read().decode(errors="replace").strip().splitlines()
    what, fix = lines[-2:] if len(lines) > 1 else ("", lines[-1] if lines else "")
    said = f"{what.removeprefix(REFUSAL)} {fix}" if what.startswith(REFUSAL) else fix.removeprefix(REFUSAL)
    words = "".join(c for c in said if c.isprintable())[:600].rstrip(".")
    return words or f"it ended with status {status}"
