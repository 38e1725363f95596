"""Where Sentinel keeps its state and its sockets, as plain strings.

The relay imports this on every launch of an AI client, so it needs nothing but `os` and `sys`.
"""
# pathlib takes longer than all of the relay.
# ruff: noqa: PTH100, PTH111, PTH117, PTH118

import os.path
import sys
from collections.abc import Mapping

SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
"""Bytes that fit into `sun_path` before its terminating NUL."""

SYSTEM_FOLDER = "/run/sentinel"
"""What `sentinel setup separated` makes."""


def state_home(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """SENTINEL_HOME, else the platform's state folder (XDG base directories; Application Support on macOS)."""
    if chosen := environ.get("SENTINEL_HOME"):
        return os.path.abspath(_expanded(chosen, environ))
    if platform == "darwin":
        return _expanded("~/Library/Application Support/Sentinel", environ)
    base = environ.get("XDG_STATE_HOME", "")
    # The XDG specification has relative paths ignored.
    return os.path.join(base if os.path.isabs(base) else _expanded("~/.local/state", environ), "sentinel")


def shared_home(environ: Mapping[str, str]) -> str:
    """SENTINEL_SHARED, a folder that every host of one PostgreSQL reaches; else the state folder."""
    chosen = environ.get("SENTINEL_SHARED")
    return os.path.abspath(_expanded(chosen, environ)) if chosen else state_home(environ)


def system_folder(environ: Mapping[str, str]) -> str | None:
    """Where the sockets of this machine's own daemon are (separated mode), None where state is the user's own.

    SENTINEL_SYSTEM, or the well-known folder for whom it is there to use, unless SENTINEL_HOME names another daemon.
    """
    if chosen := environ.get("SENTINEL_SYSTEM"):
        return os.path.abspath(_expanded(chosen, environ))
    if environ.get("SENTINEL_HOME"):
        return None
    inside = (os.path.join(SYSTEM_FOLDER, part) for part in ("agent", "operator"))
    return SYSTEM_FOLDER if any(os.access(folder, os.X_OK) for folder in inside) else None


def system_agent_socket(system: str) -> str:
    """The agent socket of this machine's daemon: in a folder that the agents' group may enter."""
    return os.path.join(system, "agent", "agent.sock")


def system_operator_socket(system: str) -> str:
    """Its operator socket: in a folder that the operators' group may enter."""
    return os.path.join(system, "operator", "operator.sock")


def agent_socket(home: str) -> str:
    """The socket that speaks MCP."""
    return os.path.join(home, "run", "agent.sock")


def operator_socket(home: str) -> str:
    """The socket that carries approvals: in a folder of its own, so that its mode can shut agents out."""
    return os.path.join(home, "operator", "operator.sock")


def daemon_log(home: str) -> str:
    """What a daemon in the background writes."""
    return os.path.join(home, "daemon.log")


def command_log(home: str) -> str:
    """Where the command line writes its own faults."""
    return os.path.join(home, "command.log")


def socket_path_length(path: str) -> int:
    """Bytes, as the operating system counts them against SOCKET_PATH_LIMIT."""
    return len(os.fsencode(path))


def _expanded(path: str, environ: Mapping[str, str]) -> str:
    """`~` by HOME of `environ`, and by the user database where that has none."""
    home = environ.get("HOME")
    return home + path[1:] if home and path.startswith("~/") else os.path.expanduser(path)
