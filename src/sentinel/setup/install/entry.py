"""What a client starts: the `sentinel` program by its full path, for one project and one person."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sentinel.adapters.git.location import enclosing_root
from sentinel.errors.setup import ClientFileUnusableError, OwnProgramMissingError
from sentinel.launch.locations import state_home
from sentinel.setup.install.formats import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """The project, and the person whose configuration is edited; `platform` is as in `sys.platform`."""

    project: Path
    home: Path
    environ: Mapping[str, str]
    platform: str


def place_of(directory: Path) -> Place:
    """The repository that encloses `directory`, and the person who runs this. Raises NotARepositoryError."""
    project = enclosing_root(directory).absolute()
    return Place(project=project, home=Path.home(), environ=os.environ, platform=sys.platform)


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
        """Names for the entry, the plain one first: several projects can share a file."""
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
    """Clients pass on little of a person's environment, so the entry names a state folder that is not the usual one.

    Raises OwnProgramMissingError, or ClientFileUnusableError if no configuration file can name the project's path.
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
    """The `sentinel` that runs now, else the one beside this Python, else on PATH. Raises OwnProgramMissingError."""
    started, beside = Path(sys.argv[0]), Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME, path=environ.get("PATH", os.defpath))
    for path in (started if started.name == NAME else beside, beside, *([Path(found)] if found else [])):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path.absolute())
    raise OwnProgramMissingError


def project_of(entry: object) -> str | None:
    """The project that an entry of a configuration file names, if it does."""
    args = entry.get("args") if isinstance(entry, dict) else None
    if not isinstance(args, list):
        return None
    words = [word for word in args if isinstance(word, str)]
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name == "--project":
            return value if equals else following
    return None
