"""The guard's hooks as an AI client and git run them: a process for one event."""

import json
import os
import socket
import subprocess
from typing import Any

from sentinel.launch.locations import agent_socket
from tests.protocol.installation import SECONDS, Done, Installation
from tests.protocol.working_copy import GIT_ENVIRONMENT, WorkingCopy


def event(command: str, cwd: str = "/") -> str:
    """What a client tells a PreToolUse hook."""
    asked = {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": cwd}
    return json.dumps({"session_id": "one", "hook_event_name": "PreToolUse", **asked})


def checked(site: Installation, command: str) -> Done:
    """The hook's answer to a shell command in the project."""
    return site.run("guard", "check", given=event(command, str(site.project)))


def refusals(site: Installation) -> list[tuple[int, str, str]]:
    """The open findings of the guard: number, severity and message."""
    found = site.operator.ask("findings", open_only=True)
    ours = [one for one in found if one["finding"]["rule"] == "command-outside-sentinel"]
    return [(one["number"], one["finding"]["severity"], one["finding"]["message"]) for one in ours]


def reported(site: Installation, command: str) -> Any:
    """What the daemon says at last to whoever claims on the agent socket that the guard refused `command`."""
    said = {"sentinel": 1, "relay": "0", "directory": str(site.project), "refused": command}
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(SECONDS)
        link.connect(agent_socket(str(site.home)))
        link.sendall(json.dumps(said).encode() + b"\n")
        with link.makefile("rb") as lines:
            return json.loads(list(lines)[-1])


def pushed(copy: WorkingCopy, *refs: str) -> Done:
    """A push by hand, which hooks may stop."""
    environment = {"PATH": os.environ["PATH"], **GIT_ENVIRONMENT}
    words = ["git", "push", "--quiet", "origin", *refs]
    done = subprocess.run(words, cwd=copy.root, env=environment, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)
