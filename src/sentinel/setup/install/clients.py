"""The AI clients that `sentinel install` knows: the file in which each keeps its MCP servers, and its format.

A client that reads a file of the project gets the entry there, so that it has Sentinel's tools only in this project.
Others get it in the user's file, with the project's folder as an argument.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sentinel.setup.install.entry import (
    NAME,
    LockedTools,
    Place,
    Server,
    as_one_command,
    as_program_and_words,
)
from sentinel.setup.install.formats import JSON, JSON_WITH_COMMENTS, TOML, Format, Keys, Settings

_ASKS = (
    "{title} keeps its approvals in its own window: let it always allow Sentinel's tools when it asks for the first."
)


def _project(place: Place) -> Path:
    return place.project


def _desktop(place: Place) -> Path:
    """Application Support on macOS, else the XDG folder for configuration."""
    if place.platform == "darwin":
        return place.home / "Library" / "Application Support"
    return _named(place, "XDG_CONFIG_HOME") or place.home / ".config"


def _codex_of_the_user(place: Place) -> Path:
    return (_named(place, "CODEX_HOME") or place.home / ".codex") / "config.toml"


def _gemini_of_the_user(place: Place) -> Path:
    return place.home / ".gemini" / "settings.json"


def _named(place: Place, variable: str) -> Path | None:
    """The folder that an environment variable names. Relative paths are ignored, as the XDG specification says."""
    named = place.environ.get(variable, "")
    return Path(named) if named.startswith("/") else None


@dataclass(frozen=True, slots=True)
class Unattended:
    """What lets a client run Sentinel's tools without asking.

    `entry` is added to the server's entry, `settings` to the file that contains it. `file` is another file of the
    project, in which `words` are added to lists and `values` are set.
    """

    entry: Settings = field(default_factory=dict)
    settings: Mapping[Keys, object] = field(default_factory=dict)
    file: str = ""
    words: Mapping[Keys, str] = field(default_factory=dict)
    values: Mapping[Keys, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """`locations` are below `folder`: the first that exists counts, else the first. `key` holds the servers by name.

    Every entry also has `extra`, and a new one `at_first`. `locked_tools` is `reject` for clients that keep the first
    definition of a tool or never read the list again; `longest_wait` is the longest call that the client waits for.
    `former_file` is where earlier versions of Sentinel wrote the entry.
    """

    title: str
    locations: tuple[str, ...]
    next_step: str
    folder: Callable[[Place], Path] = _project
    key: str = "mcpServers"
    format: Format = JSON
    locked_tools: LockedTools = "hide"
    longest_wait: int | None = None
    shape: Callable[[Server], Settings] = as_program_and_words
    extra: Mapping[str, object] = field(default_factory=dict)
    at_first: Mapping[str, object] = field(default_factory=dict)
    unattended: Unattended | None = None
    unattended_step: str = ""
    former_file: Callable[[Place], Path] | None = None

    @property
    def in_project(self) -> bool:
        return self.folder is _project

    def location(self, place: Place) -> str:
        there = (location for location in self.locations if (self.folder(place) / location).exists())
        return next(there, self.locations[0])

    def file(self, place: Place) -> Path:
        return self.folder(place) / self.location(place)


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "claude-desktop": Client(
            title="Claude Desktop",
            locations=("Claude/claude_desktop_config.json",),
            next_step="quit Claude Desktop, not only its window, and start it again.",
            locked_tools="reject",
            folder=_desktop,
            unattended_step=_ASKS.format(title="Claude Desktop"),
        ),
        "claude-code": Client(
            title="Claude Code",
            locations=(".mcp.json",),
            next_step="start `claude` in the project, and approve the server `sentinel` when it asks.",
            locked_tools="reject",
            # Claude Code waits for such a server before the first request, and lists its tools without a search.
            extra={"alwaysLoad": True},
            unattended=Unattended(
                file=".claude/settings.local.json",
                words={("permissions", "allow"): f"mcp__{NAME}", ("enabledMcpjsonServers",): NAME},
                values={("env", "MCP_CONNECT_TIMEOUT_MS"): "30000"},  # the daemon starts slowly on a busy machine
            ),
            unattended_step='`claude -p "…"` in the project runs Sentinel\'s tools without asking.',
        ),
        "cursor": Client(
            title="Cursor",
            locations=(".cursor/mcp.json",),
            next_step="open the project in Cursor, and enable the server `sentinel` in its MCP settings.",
            format=JSON_WITH_COMMENTS,
            unattended_step=_ASKS.format(title="Cursor"),
        ),
        "vscode": Client(
            title="VS Code",
            locations=(".vscode/mcp.json",),
            next_step="open that file in VS Code, and press Start above the server `sentinel`.",
            key="servers",
            format=JSON_WITH_COMMENTS,
            extra={"type": "stdio"},
            unattended_step=_ASKS.format(title="VS Code"),
        ),
        "codex": Client(
            title="Codex",
            locations=(".codex/config.toml",),
            next_step="start `codex` in the project, and trust the folder: else Codex does not read that file.",
            key="mcp_servers",
            format=TOML,
            locked_tools="reject",
            at_first={"startup_timeout_sec": 30},
            # A server that is not required may start after the first request, and `codex exec` has one prompt.
            unattended=Unattended(entry={"default_tools_approval_mode": "approve", "required": True}),
            unattended_step=(
                'trust the folder once, in `codex`; then `codex exec "…"` there runs Sentinel\'s tools without asking.'
            ),
            former_file=_codex_of_the_user,
        ),
        "gemini": Client(
            title="Gemini CLI",
            locations=(".gemini/settings.json",),
            next_step="start `gemini` in the project's root folder, and trust the folder; `/mcp` lists its servers.",
            format=JSON_WITH_COMMENTS,
            locked_tools="reject",
            longest_wait=540,
            unattended=Unattended(entry={"trust": True}),
            unattended_step=(
                'trust the folder once, in `gemini`, or set GEMINI_CLI_TRUST_WORKSPACE=true; then `gemini -p "…"` runs '
                "Sentinel's tools without asking."
            ),
            former_file=_gemini_of_the_user,
        ),
        "opencode": Client(
            title="opencode",
            locations=("opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"),
            next_step="start `opencode` in the project; `opencode mcp list` shows its servers.",
            key="mcp",
            format=JSON_WITH_COMMENTS,
            shape=as_one_command,
            extra={"type": "local"},
            at_first={"enabled": True, "timeout": 120_000},
            unattended=Unattended(settings={("permission", f"{NAME}_*"): "allow"}),
            unattended_step='`opencode run "…"` in the project runs Sentinel\'s tools without asking.',
        ),
    }
)
