"""The AI clients that `sentinel install` knows: where each keeps its MCP servers, and in which form.

A client that has a file of the project gets Sentinel there, so that it sees Sentinel's tools in this project alone; the
others get it in the user's file, with the project's folder as an argument.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from sentinel.front.cli.install import jsonc, toml
from sentinel.front.cli.install.format import Format
from sentinel.front.cli.install.place import Place

LockedTools = Literal["hide", "reject"]
_STRICT_JSON = Format("JSON", jsonc.read_strict, jsonc.put, jsonc.write)
_JSON_WITH_COMMENTS = Format("JSON with comments", jsonc.read, jsonc.put, jsonc.write)
_TOML = Format("TOML", toml.read, toml.put, toml.write)


def _project(place: Place) -> Path:
    return place.project


def _desktop(place: Place) -> Path:
    """Application Support on macOS, else the XDG folder for configuration."""
    if place.platform == "darwin":
        return place.home / "Library" / "Application Support"
    return _named(place, "XDG_CONFIG_HOME") or place.home / ".config"


def _codex(place: Place) -> Path:
    return _named(place, "CODEX_HOME") or place.home / ".codex"


def _gemini(place: Place) -> Path:
    return place.home / ".gemini"


def _named(place: Place, variable: str) -> Path | None:
    """The folder that an environment variable names; relative ones are ignored, as the XDG specification has it."""
    named = place.environ.get(variable, "")
    return Path(named) if named.startswith("/") else None


@dataclass(frozen=True, slots=True)
class Client:
    """`location` is below `folder`; `key` holds the servers by name, `extra` is what each of them has besides.

    `locked_tools` is `reject` for clients that never read the list of tools again (design 3.1).
    """

    title: str
    location: str
    next_step: str
    folder: Callable[[Place], Path] = _project
    key: str = "mcpServers"
    format: Format = _STRICT_JSON
    locked_tools: LockedTools = "hide"
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def in_project(self) -> bool:
        return self.folder is _project

    def file(self, place: Place) -> Path:
        return self.folder(place) / self.location


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "claude-desktop": Client(
            title="Claude Desktop",
            location="Claude/claude_desktop_config.json",
            next_step="quit Claude Desktop, not only its window, and start it again.",
            locked_tools="reject",
            folder=_desktop,
        ),
        "claude-code": Client(
            title="Claude Code",
            location=".mcp.json",
            next_step="start `claude` in the project, and approve the server `sentinel` when it asks.",
        ),
        "cursor": Client(
            title="Cursor",
            location=".cursor/mcp.json",
            next_step="open the project in Cursor, and enable the server `sentinel` in its MCP settings.",
            format=_JSON_WITH_COMMENTS,
        ),
        "vscode": Client(
            title="VS Code",
            location=".vscode/mcp.json",
            next_step="open that file in VS Code, and press Start above the server `sentinel`.",
            key="servers",
            format=_JSON_WITH_COMMENTS,
            extra=MappingProxyType({"type": "stdio"}),
        ),
        "codex": Client(
            title="Codex",
            location="config.toml",
            next_step="start Codex again.",
            key="mcp_servers",
            format=_TOML,
            locked_tools="reject",
            folder=_codex,
        ),
        "gemini": Client(
            title="Gemini CLI",
            location="settings.json",
            next_step="start `gemini` again; `/mcp` lists its servers.",
            format=_JSON_WITH_COMMENTS,
            folder=_gemini,
        ),
    }
)
