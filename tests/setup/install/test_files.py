"""What stands in a client's file stays there, and what cannot be edited safely is left alone."""

import json
import os
import tomllib
from pathlib import Path

import pytest

from sentinel.errors import SentinelError
from sentinel.errors.setup import (
    ClientFileBrokenError,
    ClientFileOutsideError,
    ClientFileShapeError,
    ClientFileUnusableError,
)
from tests.setup.install.conftest import Desk

COMMENTED = """{
    // the team's servers
    "servers": {
        "db": { "command": "db-mcp" }, // do not remove
        /* more to come */
    },
    "inputs": [1, 2,],
}
"""


def existing(desk: Desk, client: str, content: str | bytes) -> Path:
    """The client's file, with `content`."""
    desk.install(client)
    (file,) = desk.files()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_comments_commas_and_indentation_stay(desk: Desk) -> None:
    file = existing(desk, "vscode", COMMENTED)
    desk.install("vscode")
    before, after = COMMENTED.splitlines(), file.read_text().splitlines()
    added = after[5 : len(after) - 3]
    assert after == [*before[:5], *added, *before[5:]]
    assert (added[0], added[-1]) == ('        "sentinel": {', "        },")


def test_a_backup_has_the_file_as_it_was_and_the_next_one_is_numbered(desk: Desk) -> None:
    file = existing(desk, "gemini", '{"theme": "dark"}')
    said = desk.install("gemini")
    first, second = (file.with_name(f"settings.json.sentinel-backup{end}") for end in ("", "-2"))
    assert (first.read_text(), f"Backup: {first}" in said) == ('{"theme": "dark"}', True)
    file.write_text("{}")
    desk.install("gemini")
    assert (first.read_text(), second.read_text()) == ('{"theme": "dark"}', "{}")


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", "{}"])
def test_an_empty_file_is_filled(desk: Desk, content: str) -> None:
    file = existing(desk, "claude-desktop", content)
    desk.install("claude-desktop")
    assert list(json.loads(file.read_bytes().decode("utf-8-sig"))["mcpServers"]) == ["sentinel"]


def test_a_persons_own_settings_of_the_entry_stay(desk: Desk) -> None:
    entry = {"timeout": 600000, "command": "sentinel", "env": {"LANG": "C"}, "args": ["mcp"], "trust": True}
    file = existing(desk, "gemini", json.dumps({"mcpServers": {"sentinel": entry}, "theme": "dark"}))
    desk.install("gemini", environ={"SENTINEL_HOME": "/srv/state"})
    changed = json.loads(file.read_text())
    assert list(changed) == ["mcpServers", "theme"]
    found = changed["mcpServers"]["sentinel"]
    assert list(found) == ["timeout", "command", "env", "args", "trust"]
    assert found["env"] == {"LANG": "C", "SENTINEL_HOME": "/srv/state"}
    assert found["args"] == ["mcp", "--project", str(desk.project), "--locked-tools=reject", "--longest-wait=540"]


def test_toml_keeps_its_comments_and_its_order(desk: Desk) -> None:
    before = 'model = "x"   # mine\r\n\r\n[mcp_servers.db]\r\ncommand = "db"\r\n\r\n[profiles.p]\r\na = 1\r\n'
    file = existing(desk, "codex", before)
    desk.install("codex")
    after = file.read_bytes().decode()
    start = after.index("[mcp_servers.sentinel]")
    assert after[:start] + after[after.index("[profiles.p]") :] == before
    assert after.count("\n") == after.count("\r\n")
    assert list(tomllib.loads(after)["mcp_servers"]) == ["db", "sentinel"]


def test_an_inline_table_of_servers_is_extended(desk: Desk) -> None:
    file = existing(desk, "codex", 'mcp_servers = { db = { command = "db" } } # all\n')
    desk.install("codex")
    assert list(tomllib.loads(file.read_text())["mcp_servers"]) == ["db", "sentinel"]
    assert file.read_text().endswith("} # all\n")


@pytest.mark.parametrize(
    ("client", "content", "error"),
    [
        ("claude-desktop", '{"mcpServers": ', ClientFileBrokenError),
        ("claude-code", '{"a": 1} // no comments here', ClientFileBrokenError),
        ("claude-code", "[]", ClientFileBrokenError),
        ("vscode", '{"servers": {/* open', ClientFileBrokenError),
        ("vscode", '{"servers": {}} extra', ClientFileBrokenError),
        ("cursor", '{"a" 1}', ClientFileBrokenError),
        ("cursor", "{a: 1}", ClientFileBrokenError),
        ("cursor", '{"a": [1 2]}', ClientFileBrokenError),
        ("gemini", "[" * 100_000, ClientFileBrokenError),
        ("codex", "a = ", ClientFileBrokenError),
        ("codex", "a = 1\na = 2\n", ClientFileBrokenError),
        ("codex", "mcp_servers = 1\n", ClientFileShapeError),
        ("codex", "[[mcp_servers]]\na = 1\n", ClientFileShapeError),
        ("cursor", '{"mcpServers": []}', ClientFileShapeError),
        ("cursor", '{"mcpServers": {"sentinel": null}}', ClientFileShapeError),
        ("gemini", b"\xff\xfe{}", ClientFileUnusableError),
        ("gemini", b" " * (16 * 1024 * 1024 + 1), ClientFileUnusableError),
    ],
)
def test_a_file_that_cannot_be_understood_is_left_alone(
    desk: Desk, client: str, content: str | bytes, error: type[SentinelError]
) -> None:
    existing(desk, client, content)
    before = desk.files()
    with pytest.raises(error, match="Nothing was written"):
        desk.install(client)
    assert desk.files() == before


def test_a_pipe_in_place_of_the_file_is_refused_and_not_waited_for(desk: Desk) -> None:
    os.mkfifo(desk.project / ".mcp.json")
    with pytest.raises(ClientFileUnusableError, match="not a regular file"):
        desk.install("claude-code")


def test_a_file_that_may_not_be_written_is_one_clear_sentence(desk: Desk) -> None:
    (desk.project / ".codex").write_text("a file where the folder should be")
    with pytest.raises(ClientFileUnusableError, match="Nothing was written"):
        desk.install("codex")


def test_a_link_of_the_users_is_followed_and_the_mode_stays(desk: Desk) -> None:
    file = existing(desk, "claude-desktop", "{}")
    kept = file.rename(desk.home / "dotfiles.json")
    kept.chmod(0o600)
    file.symlink_to(kept)
    desk.install("claude-desktop")
    assert file.is_symlink()
    assert "sentinel" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.with_name("dotfiles.json.sentinel-backup").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("link", [".cursor", ".cursor/mcp.json"])
def test_a_repositorys_link_must_not_lead_out_of_it(desk: Desk, link: str) -> None:
    target = desk.home / "mine"
    target.mkdir()
    (target / "mcp.json").write_text("{}")
    place = desk.project / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(target if link == ".cursor" else target / "mcp.json")
    with pytest.raises(ClientFileOutsideError, match="leads out of the project"):
        desk.install("cursor")
    assert desk.files()[target / "mcp.json"] == b"{}"
