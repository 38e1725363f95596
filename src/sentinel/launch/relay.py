"""`sentinel mcp`: copies bytes between an AI client's stdin and stdout and the daemon's agent socket.

Clients start this on every launch, so whatever a start does not need is imported where it is needed.
"""
# pathlib costs more milliseconds than all of the relay.
# ruff: noqa: PTH100, PTH109, PTH111

import os
import sys
from collections.abc import Mapping, Sequence

from sentinel.core.values.limits import LONGEST_WAIT_SECONDS
from sentinel.launch.agent_link import LinkRefused
from sentinel.launch.relay_session import Daemon, RelaySession

USAGE = "Usage: sentinel mcp [--project DIR] [--locked-tools hide|reject] [--longest-wait SECONDS]"


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Relays until the client ends; `argv` follows `sentinel mcp`. The exit code, 1 where the daemon is lost."""
    if "--help" in argv or "-h" in argv:
        return _say(USAGE, 0)
    try:
        RelaySession(Daemon(environ, *_options(argv))).run()
    except LinkRefused as refused:
        return _say(f"sentinel: {refused.sentence}", refused.exit_code)
    except KeyboardInterrupt:
        return 130
    return 0


def _say(sentence: str, exit_code: int) -> int:
    """On stderr, which clients put into their logs; stdout belongs to the protocol."""
    sys.stderr.write(f"{sentence}\n")
    return exit_code


def _options(argv: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The project's folder, and what the daemon is told of how the client is to be served."""
    found = {"--project": "", "--locked-tools": "hide", "--longest-wait": "50"}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in found:
            raise LinkRefused(f"There is no option {word}. {USAGE}")
        found[name] = value if equals else next(words, "")
        if not found[name]:
            raise LinkRefused(f"{name} needs a value. {USAGE}")
    mode, wait = found["--locked-tools"], found["--longest-wait"]
    if mode not in ("hide", "reject"):
        raise LinkRefused(f"--locked-tools: found {mode}, expected hide or reject. {USAGE}")
    if not (wait.isascii() and wait.isdecimal() and len(wait) < 10 and 1 <= int(wait) <= LONGEST_WAIT_SECONDS):
        raise LinkRefused(f"--longest-wait: found {wait}, expected 1 to {LONGEST_WAIT_SECONDS} seconds. {USAGE}")
    return _directory(found["--project"]), {"locked_tools": mode, "longest_wait": str(int(wait))}


def _directory(chosen: str) -> str:
    try:
        path = os.path.abspath(os.path.expanduser(chosen)) if chosen else os.getcwd()
        path.encode()
    except FileNotFoundError:
        raise LinkRefused("The working directory does not exist any more. Start again in an existing one.") from None
    except UnicodeEncodeError:
        raise LinkRefused("The project's path is not valid UTF-8. Rename the folder.") from None
    return path
