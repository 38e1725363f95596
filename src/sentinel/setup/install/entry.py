"""What a client is to start: the `sentinel` program by its full path, for one project."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sentinel.errors.setup import ClientFileUnusableError, OwnProgramMissingError
from sentinel.launch.locations import state_home
from sentinel.setup.install.format import Settings
from sentinel.setup.install.place import Place

LockedTools = Literal["hide", "reject"]
NAME = "sentinel"


@dataclass(frozen=True, slots=True)
class Server:
    """An MCP server over stdio."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    project: str

    def names(self) -> list[str]:
        """What it may be called where several projects share a file, the plain name first."""
        folder = re.sub(r"[^a-z0-9]+", "-", Path(self.project).name.lower()).strip("-") or "project"
        return [NAME, f"{NAME}-{folder}", *(f"{NAME}-{folder}-{number}" for number in range(2, 100))]


def as_program_and_words(server: Server) -> Settings:
    """As most clients write it; an empty `env` is left out."""
    env: Settings = {"env": dict(server.env)} if server.env else {}
    return {"command": server.command, "args": list(server.args), **env}


def as_one_command(server: Server) -> Settings:
    """As opencode writes it."""
    env: Settings = {"environment": dict(server.env)} if server.env else {}
    return {"command": [server.command, *server.args], **env}


def server(place: Place, *, locked_tools: LockedTools, longest_wait: int | None) -> Server:
    """Clients pass on little of a person's environment, so a state folder of one's own is entered too.

    Raises OwnProgramMissingError, or ClientFileUnusableError for a project that no configuration file can name.
    """
    project = str(place.project)
    try:
        project.encode()
    except UnicodeEncodeError:
        reason = "the project's path is not valid UTF-8"
        raise ClientFileUnusableError(file="the client's configuration", reason=reason) from None
    state = state_home(place.environ, place.platform)
    usual = state_home({"HOME": place.environ.get("HOME", str(place.home))}, place.platform)
    mode = () if locked_tools == "hide" else (f"--locked-tools={locked_tools}",)
    wait = () if longest_wait is None else (f"--longest-wait={longest_wait}",)
    return Server(
        command=program(place.environ),
        args=("mcp", "--project", project, *mode, *wait),
        env={} if state == usual else {"SENTINEL_HOME": state},
        project=project,
    )


def program(environ: Mapping[str, str]) -> str:
    """The `sentinel` that runs now, else that beside this Python, else that on PATH. Raises OwnProgramMissingError."""
    started, beside = Path(sys.argv[0]), Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME, path=environ.get("PATH", os.defpath))
    for path in (started if started.name == NAME else beside, beside, *([Path(found)] if found else [])):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path.absolute())
    raise OwnProgramMissingError


def project_of(entry: object) -> str | None:
    """The project that an entry of a configuration file is for, as far as it says."""
    args = entry.get("args") if isinstance(entry, dict) else None
    if not isinstance(args, list):
        return None
    words = [word for word in args if isinstance(word, str)]
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name == "--project":
            return value if equals else following
    return None
