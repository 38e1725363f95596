"""Each client's own file gets Sentinel, and a second run changes nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors.setup import UnknownClientError
from sentinel.setup.install import CLIENTS
from tests.setup.install.conftest import Desk, document

FILES = {
    "claude-desktop": "home/.config/Claude/claude_desktop_config.json",
    "claude-code": "shop/.mcp.json",
    "cursor": "shop/.cursor/mcp.json",
    "vscode": "shop/.vscode/mcp.json",
    "codex": "shop/.codex/config.toml",
    "gemini": "shop/.gemini/settings.json",
    "opencode": "shop/opencode.json",
}
OPTIONS = {
    "claude-desktop": ["--locked-tools=reject"],
    "claude-code": ["--locked-tools=reject"],
    "codex": ["--locked-tools=reject"],
    "gemini": ["--locked-tools=reject", "--longest-wait=540"],
}
"""What suits the client: `reject` where it keeps the definitions that it saw first, and how long it bears a wait."""


def servers(client: str, file: Path) -> dict[str, Any]:
    """The servers by name, as the client reads them."""
    found: dict[str, Any] = document(file)[CLIENTS[client].key]
    return found


def command(entry: dict[str, Any]) -> list[str]:
    """The program that an entry starts, and its words."""
    return list(entry["command"]) if isinstance(entry["command"], list) else [entry["command"], *entry["args"]]


@pytest.mark.requirement("P5-clients")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_without_a_file_gets_one_that_starts_sentinel_for_the_project(desk: Desk, client: str) -> None:
    said = desk.install(client)
    file = desk.home.parent / FILES[client]
    assert list(desk.files()) == [file]
    program, *words = command(servers(client, file)["sentinel"])
    assert Path(program).is_absolute()
    assert os.access(program, os.X_OK)
    assert words == ["mcp", "--project", str(desk.project), *OPTIONS.get(client, [])]
    assert not {"env", "environment"} & set(servers(client, file)["sentinel"])
    assert f'is set up: added "sentinel" in {file}.' in said
    assert "\nNext: " in said


@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_run_changes_nothing_and_says_so(desk: Desk, client: str) -> None:
    desk.install(client)
    before = desk.files()
    assert f'is already set up: "sentinel" in {desk.home.parent / FILES[client]}.' in desk.install(client)
    assert desk.files() == before


@pytest.mark.parametrize("unattended", [False, True])
@pytest.mark.parametrize("client", CLIENTS)
def test_print_shows_what_would_be_entered_and_writes_nothing(desk: Desk, client: str, *, unattended: bool) -> None:
    said = desk.install(client, unattended=unattended, print_only=True)
    assert desk.files() == {}
    desk.install(client, unattended=unattended)
    own, *others = [desk.home.parent / FILES[client], *sorted(set(desk.files()) - {desk.home.parent / FILES[client]})]
    assert said == "\n".join(f"{file}\n{file.read_text().strip()}" for file in (own, *others))


def test_on_macos_claude_desktop_keeps_its_file_in_application_support(desk: Desk) -> None:
    desk.install("claude-desktop", platform="darwin")
    assert list(desk.files()) == [desk.home / "Library/Application Support/Claude/claude_desktop_config.json"]


def test_folders_that_the_environment_names_are_used(desk: Desk) -> None:
    desk.install("claude-desktop", environ={"XDG_CONFIG_HOME": str(desk.home / "elsewhere")})
    desk.install("claude-desktop", environ={"XDG_CONFIG_HOME": "relative/paths/are/ignored"})
    elsewhere = desk.home / "elsewhere/Claude/claude_desktop_config.json"
    assert set(desk.files()) == {elsewhere, desk.home.parent / FILES["claude-desktop"]}


@pytest.mark.parametrize("variable", ["SENTINEL_HOME", "XDG_STATE_HOME"])
def test_a_state_folder_of_ones_own_is_entered_since_clients_do_not_pass_it_on(desk: Desk, variable: str) -> None:
    desk.install("gemini", environ={variable: "/srv/state"})
    state = "/srv/state" if variable == "SENTINEL_HOME" else "/srv/state/sentinel"
    desk.install("opencode", environ={variable: "/srv/state"})
    assert servers("gemini", desk.home.parent / FILES["gemini"])["sentinel"]["env"] == {"SENTINEL_HOME": state}
    assert servers("opencode", desk.project / "opencode.json")["sentinel"]["environment"] == {"SENTINEL_HOME": state}


def test_vscode_is_told_that_it_is_a_stdio_server(desk: Desk) -> None:
    desk.install("vscode")
    assert servers("vscode", desk.project / ".vscode/mcp.json")["sentinel"]["type"] == "stdio"


def test_projects_share_a_users_file_under_names_of_their_own(desk: Desk) -> None:
    client = "claude-desktop"
    file, others = desk.home.parent / FILES[client], [desk.home / "Blog & Co", desk.project / "blog-co"]
    projects = [desk.project, *others]
    for project in projects:
        desk.install(client, project=project)
    before = file.read_bytes()
    for project in projects:
        assert "is already set up" in desk.install(client, project=project)
    assert file.read_bytes() == before
    found = {name: entry["args"][2] for name, entry in servers(client, file).items()}
    assert found == dict(zip(["sentinel", "sentinel-blog-co", "sentinel-blog-co-2"], map(str, projects), strict=True))


def test_a_project_that_has_moved_is_corrected_in_its_own_file(desk: Desk) -> None:
    desk.install("cursor")
    moved = desk.project.rename(desk.home / "moved")
    assert 'changed "sentinel"' in desk.install("cursor", project=moved)
    assert servers("cursor", moved / ".cursor/mcp.json")["sentinel"]["args"] == ["mcp", "--project", str(moved)]


@pytest.mark.parametrize("name", ['quo"ted', "back\\slash", "wäld ✓", "line\nbreak"])
@pytest.mark.parametrize("client", ["claude-code", "codex"])
def test_any_name_of_a_folder_is_written_so_that_the_client_reads_it(desk: Desk, client: str, name: str) -> None:
    project = desk.home / name
    project.mkdir()
    desk.install(client, project=project)
    file = project / (".mcp.json" if client == "claude-code" else ".codex/config.toml")
    assert servers(client, file)["sentinel"]["args"][2] == str(project)


def test_a_file_of_the_project_comes_with_the_way_to_keep_it_out_of_git(desk: Desk) -> None:
    assert "echo '/.mcp.json*' >>" in desk.install("claude-code")
    assert ">>" not in desk.install("claude-desktop")
    both = desk.install("claude-code", unattended=True)
    assert "echo '/.mcp.json*' >>" in both
    assert "echo '/.claude/settings.local.json*' >>" in both


@pytest.mark.parametrize("name", ["opencode.jsonc", ".opencode/opencode.json"])
def test_the_file_that_opencode_has_already_is_used(desk: Desk, name: str) -> None:
    (desk.project / name).parent.mkdir(exist_ok=True)
    (desk.project / name).write_text('{"model": "x"}')
    desk.install("opencode")
    assert "sentinel" in document(desk.project / name)["mcp"]
    assert not (desk.project / "opencode.json").exists()


def test_a_persons_own_settings_of_an_opencode_entry_stay(desk: Desk) -> None:
    entry = {"enabled": False, "timeout": 9000, "command": ["x"], "environment": {"LANG": "C"}}
    file = desk.project / "opencode.json"
    file.write_text(json.dumps({"mcp": {"sentinel": entry}}))
    desk.install("opencode", environ={"SENTINEL_HOME": "/srv/state"})
    found = document(file)["mcp"]["sentinel"]
    assert (found["enabled"], found["timeout"], found["type"]) == (False, 9000, "local")
    assert found["environment"] == {"LANG": "C", "SENTINEL_HOME": "/srv/state"}


@pytest.mark.parametrize(
    ("client", "name", "text"),
    [
        ("codex", ".codex/config.toml", '[mcp_servers.mine]\ncommand = "x"\nargs = ["mcp", "--project", "{}"]\n'),
        ("gemini", ".gemini/settings.json", '{{"mcpServers": {{"mine": {{"args": ["mcp", "--project={}"]}}}}}}'),
    ],
)
def test_what_an_earlier_version_entered_for_every_folder_is_named(
    desk: Desk, client: str, name: str, text: str
) -> None:
    file = desk.home / name
    file.parent.mkdir()
    file.write_text(text.format(desk.project))
    assert f'"mine" in {file} gives this project\'s tools to agents in every folder.' in desk.install(client)
    assert file.read_text() == text.format(desk.project)
    file.write_text(text.format("/another/project"))
    assert "every folder" not in desk.install(client)
    file.write_text("{broken")
    assert "is already set up" in desk.install(client)


def test_an_unknown_client_is_refused_with_the_known_ones(desk: Desk) -> None:
    with pytest.raises(UnknownClientError, match=r"the client emacs\. .* claude-desktop, claude-code, cursor, vscode"):
        desk.install("emacs")
