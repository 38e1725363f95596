"""`sentinel mcp`: copies bytes between an AI client's stdin and stdout and the daemon's agent socket (design 2).

Clients start this on every launch, so whatever a start does not need is imported where it is needed.
"""
# pathlib, json and the errors cost more milliseconds than all of the relay.
# ruff: noqa: PTH100, PTH109, PTH111, PLC0415

import os
import socket
import sys
import threading
from collections.abc import Mapping, Sequence

from sentinel.front.version import VERSION
from sentinel.locations import (
    SOCKET_PATH_LIMIT,
    agent_socket,
    socket_path_length,
    state_home,
    system_agent_socket,
    system_folder,
)

HANDSHAKE_SECONDS = 10.0
"""How long the daemon may take to answer the handshake line."""
REPLY_LIMIT = 64 * 1024
CHUNK = 64 * 1024
USAGE = "Usage: sentinel mcp [--project DIR] [--locked-tools hide|reject]"
_ACCEPTED = b'{"ok": true}'


class _Refused(Exception):  # noqa: N818 - not an error of ours: what is told on stderr instead of relaying
    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        self.sentence = sentence
        self.exit_code = exit_code


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Relays until either side ends; `argv` is what follows `sentinel mcp`. The exit code, 1 where the daemon ended."""
    if "--help" in argv or "-h" in argv:
        return _say(USAGE, 0)
    try:
        directory, locked_tools = _options(argv)
        system = system_folder(environ)
        link = _connected_to_machine(system) if system else _connected(state_home(environ), environ)
        rest = _shake_hands(link, directory, locked_tools, _claim(directory) if system else "")
    except _Refused as refused:
        return _say(f"sentinel: {refused.sentence}", refused.exit_code)
    except KeyboardInterrupt:
        return 130
    with link:
        return _copy(link, rest)


def _say(sentence: str, exit_code: int) -> int:
    """On stderr, which clients put into their logs; stdout belongs to the protocol."""
    sys.stderr.write(f"{sentence}\n")
    return exit_code


def _options(argv: Sequence[str]) -> tuple[str, str]:
    found = {"--project": "", "--locked-tools": "hide"}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in found:
            raise _Refused(f"There is no option {word}. {USAGE}")
        found[name] = value if equals else next(words, "")
        if not found[name]:
            raise _Refused(f"{name} needs a value. {USAGE}")
    if found["--locked-tools"] not in ("hide", "reject"):
        raise _Refused(f"--locked-tools: found {found['--locked-tools']}, expected hide or reject. {USAGE}")
    return _directory(found["--project"]), found["--locked-tools"]


def _directory(chosen: str) -> str:
    try:
        path = os.path.abspath(os.path.expanduser(chosen)) if chosen else os.getcwd()
        path.encode()
    except FileNotFoundError:
        raise _Refused("The working directory does not exist any more. Start again in an existing one.") from None
    except UnicodeEncodeError:
        raise _Refused("The project's path is not valid UTF-8. Rename the folder.") from None
    return path


def _connected(home: str, environ: Mapping[str, str]) -> socket.socket:
    path = agent_socket(home)
    if socket_path_length(path) > SOCKET_PATH_LIMIT:
        from sentinel.errors.settings import SocketPathTooLongError

        error = SocketPathTooLongError(path=path, length=socket_path_length(path), limit=SOCKET_PATH_LIMIT)
        raise _Refused(str(error))
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(HANDSHAKE_SECONDS)
    try:
        link.connect(path)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        link.close()
        return _connected_to_new_daemon(home, environ)
    except OSError as error:
        link.close()
        raise _Refused(_unreachable(path, error)) from None
    return link


def _connected_to_machine(system: str) -> socket.socket:
    """The daemon of this machine, which only its service manager starts."""
    from sentinel.errors import SentinelError
    from sentinel.front.daemon_start import machine_daemon

    try:
        link = machine_daemon(system_agent_socket(system))
    except SentinelError as error:
        raise _Refused(str(error), error.exit_code) from None
    link.settimeout(HANDSHAKE_SECONDS)
    return link


def _claim(directory: str) -> str:
    from sentinel.front.claim import claimed_project

    claimed = claimed_project(directory)
    return f', "project": {_quoted(claimed)}' if claimed else ""


def _connected_to_new_daemon(home: str, environ: Mapping[str, str]) -> socket.socket:
    from sentinel.errors import SentinelError
    from sentinel.front.daemon_start import ensure_daemon

    try:
        link = ensure_daemon(home, environ)
    except SentinelError as error:
        raise _Refused(str(error), error.exit_code) from None
    link.settimeout(HANDSHAKE_SECONDS)
    return link


def _unreachable(path: str, error: OSError) -> str:
    from sentinel.errors.wire import DaemonUnreachableError

    return str(DaemonUnreachableError(path=path, reason=error.strerror or "no answer in time"))


def _shake_hands(link: socket.socket, directory: str, locked_tools: str, claim: str) -> bytes:
    """One line there and one back; what follows the daemon's line belongs to the client."""
    hello = (
        f'{{"sentinel": 1, "relay": "{VERSION}", "directory": {_quoted(directory)}, '
        f'"locked_tools": "{locked_tools}"{claim}}}\n'
    )
    reply = b""
    try:
        link.sendall(hello.encode())
        while b"\n" not in reply and len(reply) < REPLY_LIMIT:
            data = link.recv(CHUNK)
            if not data:
                raise _Refused("The daemon closed the connection at once. Its log says why: run `sentinel status`.")
            reply += data
    except OSError:
        raise _Refused(
            "The daemon did not answer in time. Restart it: `sentinel daemon stop`, then try again."
        ) from None
    line, _, rest = reply.partition(b"\n")
    if line != _ACCEPTED:
        _check_reply(line)
    link.settimeout(None)
    return rest


def _quoted(text: str) -> str:
    """`text` as a JSON string; importing json would take longer than all the rest of a start."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escaped.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


def _check_reply(line: bytes) -> None:
    import json

    try:
        reply = json.loads(line)
        refused = None if reply["ok"] is True else _Refused(f"{reply['what']} {reply['fix']}", int(reply["exit_code"]))
    except (ValueError, KeyError, TypeError):
        refused = _Refused("What answers on the agent socket is not a Sentinel daemon. Run `sentinel daemon stop`.")
    if refused is not None:
        raise refused


def _copy(link: socket.socket, rest: bytes) -> int:
    """Both ways at once; the daemon's end, which follows the client's, ends it."""
    client_left = threading.Event()
    threading.Thread(target=_copy_requests, args=(link, client_left), daemon=True).start()
    try:
        _write_out(rest)
        while data := link.recv(CHUNK):
            _write_out(data)
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError:
        pass
    if client_left.is_set():
        return 0
    return _say("sentinel: The daemon ended the connection. Reconnect this server; releases go on where they were.", 1)


def _copy_requests(link: socket.socket, client_left: threading.Event) -> None:
    try:
        while data := os.read(0, CHUNK):
            link.sendall(data)
        client_left.set()
        link.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _write_out(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
