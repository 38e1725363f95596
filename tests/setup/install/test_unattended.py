"""Clients that run Sentinel's tools without asking, where a person has chosen that."""

import pytest

from sentinel.errors import SentinelError
from sentinel.setup.install import CLIENTS
from tests.setup.install.conftest import Desk, document
from tests.setup.install.test_install import FILES

UNATTENDED = {
    "codex": {"mcp_servers": {"sentinel": {"default_tools_approval_mode": "approve", "required": True}}},
    "gemini": {"mcpServers": {"sentinel": {"trust": True}}},
    "opencode": {"permission": {"sentinel_*": "allow"}},
}


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("client", UNATTENDED)
def test_unattended_use_is_allowed_in_the_clients_own_file_and_nowhere_else(
    desk: Desk, client: str, *, again: bool
) -> None:
    file = desk.home.parent / FILES[client]
    if again:
        assert f"`sentinel install {client} --unattended`" in desk.install(client)
        assert not contains(document(file), UNATTENDED[client])
    said = desk.install(client, unattended=True)
    assert contains(document(file), UNATTENDED[client])
    assert "without asking" in said
    assert "is already set up" in desk.install(client, unattended=True)
    desk.install(client)
    assert contains(document(file), UNATTENDED[client])


def test_claude_code_is_allowed_sentinels_tools_and_no_others(desk: Desk) -> None:
    settings = desk.project / ".claude/settings.local.json"
    desk.install("claude-code", unattended=True)
    waits = {"MCP_CONNECT_TIMEOUT_MS": "30000"}
    granted = {"permissions": {"allow": ["mcp__sentinel"]}, "enabledMcpjsonServers": ["sentinel"], "env": waits}
    assert document(settings) == granted
    before = '{"permissions": {"deny": ["Bash(rm:*)"], "allow": ["Read"]}, "model": "x"}'
    settings.write_text(before)
    assert "Its tools are now allowed in " in desk.install("claude-code", unattended=True)
    changed = document(settings)
    assert changed["permissions"] == {"deny": ["Bash(rm:*)"], "allow": ["Read", "mcp__sentinel"]}
    assert (changed["model"], changed["enabledMcpjsonServers"]) == ("x", ["sentinel"])
    assert settings.with_name("settings.local.json.sentinel-backup").read_text() == before
    assert "Its tools are already allowed in " in desk.install("claude-code", unattended=True)
    assert document(settings) == changed


@pytest.mark.parametrize("content", ["[]", '{"permissions": []}', '{"permissions": {"allow": {}}}', "{"])
def test_settings_that_cannot_be_understood_leave_both_files_alone(desk: Desk, content: str) -> None:
    settings = desk.project / ".claude/settings.local.json"
    settings.parent.mkdir()
    settings.write_text(content)
    with pytest.raises(SentinelError, match="Nothing was written"):
        desk.install("claude-code", unattended=True)
    assert desk.files() == {settings: content.encode()}


@pytest.mark.parametrize("client", ["claude-desktop", "cursor", "vscode"])
def test_a_client_that_keeps_its_approvals_elsewhere_is_told_of_instead(desk: Desk, client: str) -> None:
    assert f"Next: {CLIENTS[client].title} keeps its approvals in its own window" in desk.install(
        client, unattended=True
    )
    assert "--unattended" not in desk.install(client)


def contains(whole: object, part: object) -> bool:
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and contains(whole[key], value) for key, value in part.items())
    return whole == part
