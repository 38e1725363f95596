"""Each client's own file gets Sentinel, and a second run changes nothing."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors.install import UnknownClientError
from sentinel.front.cli.install import CLIENTS
from tests.front.cli.install.conftest import Desk

FILES = {
    "claude-desktop": "home/.config/Claude/claude_desktop_config.json",
    "claude-code": "shop/.mcp.json",
    "cursor": "shop/.cursor/mcp.json",
    "vscode": "shop/.vscode/mcp.json",
    "codex": "home/.codex/config.toml",
    "gemini": "home/.gemini/settings.json",
}
NEVER_RE_READ = {"claude-desktop", "codex"}


def servers(client: str, file: Path) -> dict[str, Any]:
    """The servers by name, as the client reads them."""
    text = file.read_text()
    document: dict[str, Any] = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    found: dict[str, Any] = document[CLIENTS[client].key]
    return found


@pytest.mark.requirement("P5-clients")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_without_a_file_gets_one_that_starts_sentinel_for_the_project(desk: Desk, client: str) -> None:
    said = desk.install(client)
    file = desk.home.parent / FILES[client]
    assert list(desk.files()) == [file]
    entry = servers(client, file)["sentinel"]
    assert Path(entry["command"]).is_absolute()
    assert os.access(entry["command"], os.X_OK)
    mode = ["--locked-tools=reject"] if client in NEVER_RE_READ else []
    assert entry["args"] == ["mcp", "--project", str(desk.project), *mode]
    assert "env" not in entry
    assert f'is set up: added "sentinel" in {file}.' in said
    assert "\nNext: " in said


@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_run_changes_nothing_and_says_so(desk: Desk, client: str) -> None:
    desk.install(client)
    before = desk.files()
    assert f'is already set up: "sentinel" in {desk.home.parent / FILES[client]}.' in desk.install(client)
    assert desk.files() == before


@pytest.mark.parametrize("client", CLIENTS)
def test_print_shows_what_would_be_entered_and_writes_nothing(desk: Desk, client: str) -> None:
    said = desk.install(client, print_only=True)
    assert desk.files() == {}
    where, _, snippet = said.partition("\n")
    assert where == str(desk.home.parent / FILES[client])
    desk.install(client)
    assert snippet.strip() == Path(where).read_text().strip()


def test_on_macos_claude_desktop_keeps_its_file_in_application_support(desk: Desk) -> None:
    desk.install("claude-desktop", platform="darwin")
    assert list(desk.files()) == [desk.home / "Library/Application Support/Claude/claude_desktop_config.json"]


def test_folders_that_the_environment_names_are_used(desk: Desk) -> None:
    desk.install("codex", environ={"CODEX_HOME": str(desk.home / "elsewhere")})
    desk.install("claude-desktop", environ={"XDG_CONFIG_HOME": "relative/paths/are/ignored"})
    assert set(desk.files()) == {desk.home / "elsewhere/config.toml", desk.home.parent / FILES["claude-desktop"]}


@pytest.mark.parametrize("variable", ["SENTINEL_HOME", "XDG_STATE_HOME"])
def test_a_state_folder_of_ones_own_is_entered_since_clients_do_not_pass_it_on(desk: Desk, variable: str) -> None:
    desk.install("gemini", environ={variable: "/srv/state"})
    state = "/srv/state" if variable == "SENTINEL_HOME" else "/srv/state/sentinel"
    entry = servers("gemini", desk.home.parent / FILES["gemini"])["sentinel"]
    assert entry["env"] == {"SENTINEL_HOME": state}


def test_vscode_is_told_that_it_is_a_stdio_server(desk: Desk) -> None:
    desk.install("vscode")
    assert servers("vscode", desk.project / ".vscode/mcp.json")["sentinel"]["type"] == "stdio"


@pytest.mark.parametrize("client", ["claude-desktop", "codex", "gemini"])
def test_projects_share_a_users_file_under_names_of_their_own(desk: Desk, client: str) -> None:
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
    file = project / ".mcp.json" if client == "claude-code" else desk.home / ".codex/config.toml"
    assert servers(client, file)["sentinel"]["args"][2] == str(project)


def test_a_file_of_the_project_comes_with_the_way_to_keep_it_out_of_git(desk: Desk) -> None:
    assert "echo '/.mcp.json*' >>" in desk.install("claude-code")
    assert ">>" not in desk.install("codex")


def test_an_unknown_client_is_refused_with_the_known_ones(desk: Desk) -> None:
    with pytest.raises(UnknownClientError, match=r"no client emacs .* claude-desktop, claude-code, cursor, vscode"):
        desk.install("emacs")
