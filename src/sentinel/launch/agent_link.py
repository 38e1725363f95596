"""A connection to the daemon's agent socket, of a daemon that runs or is started for it, and its first line.

AI clients make one on every launch, so whatever a start does not need is imported where it is needed.
"""
# json and the errors cost more milliseconds than all the rest.
# ruff: noqa: PLC0415

import socket
import time
from collections.abc import Mapping

from sentinel import VERSION
from sentinel.launch.locations import (
    SOCKET_PATH_LIMIT,
    agent_socket,
    socket_path_length,
    state_home,
    system_agent_socket,
    system_folder,
)

REPLY_SECONDS = 10.0
"""How long the daemon may take to answer a line."""
REPLY_LIMIT = 64 * 1024
CHUNK = 64 * 1024
ACCEPTED = b'{"ok": true}'


class LinkRefused(Exception):  # noqa: N818 - not an error of ours: what is told on stderr instead of going on
    """A sentence, and the exit code that goes with it."""

    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def open_link(environ: Mapping[str, str], directory: str, said: Mapping[str, str]) -> tuple[socket.socket, bytes]:
    """An accepted connection for the project around `directory`, and what the daemon has sent after its answer.

    `said` are more members of the first line. Raises LinkRefused.
    """
    system = system_folder(environ)
    link = _connected_to_machine(system) if system else _connected(state_home(environ), environ)
    claim = _claim(directory) if system else {}
    return link, _shake_hands(link, {"directory": directory, **said, **claim})


def read_reply(link: socket.socket, reply: bytes = b"") -> bytes:
    """Takes one line that says yes, of which `reply` is here already; what came after it. Raises LinkRefused."""
    deadline = time.monotonic() + REPLY_SECONDS
    try:
        while b"\n" not in reply and len(reply) < REPLY_LIMIT:
            link.settimeout(max(deadline - time.monotonic(), 0.001))
            data = link.recv(CHUNK)
            if not data:
                raise LinkRefused("The daemon closed the connection at once. Its log says why: run `sentinel status`.")
            reply += data
    except OSError:
        raise _silent() from None
    line, _, rest = reply.partition(b"\n")
    if line != ACCEPTED:
        _check(line)
    return rest


def _connected(home: str, environ: Mapping[str, str]) -> socket.socket:
    path = agent_socket(home)
    if socket_path_length(path) > SOCKET_PATH_LIMIT:
        from sentinel.errors.daemon import SocketPathTooLongError

        error = SocketPathTooLongError(path=path, length=socket_path_length(path), limit=SOCKET_PATH_LIMIT)
        raise LinkRefused(str(error))
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(REPLY_SECONDS)
    try:
        link.connect(path)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        link.close()
        return _connected_to_new_daemon(home, environ)
    except OSError as error:
        link.close()
        raise LinkRefused(_unreachable(path, error)) from None
    return link


def _connected_to_machine(system: str) -> socket.socket:
    """The daemon of this machine, which only its service manager starts."""
    from sentinel.errors import SentinelError
    from sentinel.launch.daemon_start import machine_daemon

    try:
        link = machine_daemon(system_agent_socket(system))
    except SentinelError as error:
        raise LinkRefused(str(error), error.exit_code) from None
    link.settimeout(REPLY_SECONDS)
    return link


def _connected_to_new_daemon(home: str, environ: Mapping[str, str]) -> socket.socket:
    from sentinel.errors import SentinelError
    from sentinel.launch.daemon_start import ensure_daemon

    try:
        link = ensure_daemon(home, environ)
    except SentinelError as error:
        raise LinkRefused(str(error), error.exit_code) from None
    link.settimeout(REPLY_SECONDS)
    return link


def _claim(directory: str) -> dict[str, str]:
    from sentinel.launch.nearest_policy import claimed_project

    claimed = claimed_project(directory)
    return {"project": claimed} if claimed else {}


def _unreachable(path: str, error: OSError) -> str:
    from sentinel.errors.connection import DaemonUnreachableError

    return str(DaemonUnreachableError(path=path, reason=error.strerror or "no answer in time"))


def _shake_hands(link: socket.socket, said: Mapping[str, str]) -> bytes:
    """One line there and one back; what follows the daemon's line belongs to the client."""
    members = "".join(f", {_quoted(name)}: {_quoted(value)}" for name, value in said.items())
    try:
        link.sendall(f'{{"sentinel": 1, "relay": "{VERSION}"{members}}}\n'.encode())
    except OSError:
        raise _silent() from None
    return read_reply(link)


def _silent() -> LinkRefused:
    return LinkRefused("The daemon did not answer in time. Restart it: `sentinel daemon stop`, then try again.")


def _quoted(text: str) -> str:
    """`text` as a JSON string; importing json would take longer than all the rest of a start."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escaped.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


def _check(line: bytes) -> None:
    import json

    try:
        reply = json.loads(line)
        refused = (
            None if reply["ok"] is True else LinkRefused(f"{reply['what']} {reply['fix']}", int(reply["exit_code"]))
        )
    except (ValueError, KeyError, TypeError):
        refused = LinkRefused("What answers on the agent socket is not a Sentinel daemon. Run `sentinel daemon stop`.")
    if refused is not None:
        raise refused
