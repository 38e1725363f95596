"""The guard is put before an AI client's commands and before git's pushes, and nothing else is changed."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors import SentinelError
from sentinel.errors.setup import (
    ClientFileBrokenError,
    ClientFileOutsideError,
    ClientFileShapeError,
    HooksElsewhereError,
    HookTakenError,
    UnknownGuardError,
)
from sentinel.setup.guard import install_guard
from sentinel.setup.install.entry import Place
from tests.protocol.working_copy import GIT_ENVIRONMENT, WorkingCopy

FILES = {"claude-code": ".claude/settings.local.json", "codex": ".codex/hooks.json"}
CLIENTS = pytest.mark.parametrize("client", FILES)


@pytest.fixture
def shop(tmp_path: Path) -> WorkingCopy:
    copy = WorkingCopy(tmp_path / "shop's")
    copy.root.mkdir()
    copy.git("init", "--quiet", "--initial-branch=main")
    return copy


def install(shop: WorkingCopy, client: str, *, print_only: bool = False, **environ: str) -> str:
    home = shop.root.parent
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], **GIT_ENVIRONMENT, **environ}
    return install_guard(client, Place(shop.root, home, variables, "linux"), print_only=print_only)


def groups(file: Path) -> list[Any]:
    found: list[Any] = json.loads(file.read_text())["hooks"]["PreToolUse"]
    return found


@CLIENTS
def test_a_client_asks_the_guard_before_each_shell_command(shop: WorkingCopy, client: str) -> None:
    said = install(shop, client)
    file = shop.root / FILES[client]
    (group,) = groups(file)
    (hook,) = group["hooks"]
    assert (group["matcher"], hook["type"]) == ("Bash", "command")
    assert hook["command"].endswith(" || exit 2")
    given = json.dumps({"tool_name": "Bash", "tool_input": {"command": "true"}, "cwd": "/"})
    assert subprocess.run(["sh", "-c", hook["command"]], input=given, text=True, check=False).returncode == 0
    assert f"now guarded by {file}." in said
    assert f"echo '/{FILES[client]}*' >>" in said


@CLIENTS
def test_a_second_run_changes_nothing_and_a_moved_home_changes_the_hook_alone(shop: WorkingCopy, client: str) -> None:
    install(shop, client)
    file = shop.root / FILES[client]
    before = file.read_text()
    assert "is already guarded" in install(shop, client)
    assert file.read_text() == before
    install(shop, client, SENTINEL_HOME="/var/lib/elsewhere")
    (group,) = groups(file)
    assert "SENTINEL_HOME=/var/lib/elsewhere" in group["hooks"][0]["command"]


@CLIENTS
def test_what_else_is_in_the_settings_stays(shop: WorkingCopy, client: str) -> None:
    own = {"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}, {"type": "command", "command": "y"}]}
    settings = {"model": "large", "hooks": {"PreToolUse": [own, 5], "Stop": []}}
    file = shop.write(FILES[client], json.dumps(settings))
    install(shop, client)
    after = json.loads(file.read_text())
    assert (after["model"], after["hooks"]["Stop"], groups(file)[:2]) == ("large", [], [own, 5])
    assert len(groups(file)) == 3
    assert json.loads(file.with_name(f"{file.name}.sentinel-backup").read_text()) == settings


@CLIENTS
def test_print_shows_the_hook_and_writes_nothing(shop: WorkingCopy, client: str) -> None:
    path, _, written = install(shop, client, print_only=True).partition("\n")
    assert path == str(shop.root / FILES[client])
    assert json.loads(written)["hooks"]["PreToolUse"][0]["matcher"] == "Bash"
    assert shop.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", ClientFileBrokenError),
        ('{"hooks": 5}', ClientFileShapeError),
        ('{"hooks": {"PreToolUse": {}}}', ClientFileShapeError),
    ],
)
def test_settings_that_cannot_be_understood_are_left_alone(
    shop: WorkingCopy, content: str, error: type[SentinelError]
) -> None:
    file = shop.write(FILES["claude-code"], content)
    with pytest.raises(error, match="Nothing was written"):
        install(shop, "claude-code")
    assert file.read_text() == content


def test_a_link_out_of_the_project_is_not_followed(shop: WorkingCopy, tmp_path: Path) -> None:
    (shop.root / ".claude").mkdir()
    (shop.root / FILES["claude-code"]).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ClientFileOutsideError):
        install(shop, "claude-code")
    assert not (tmp_path / "elsewhere.json").exists()


def test_an_unknown_client_is_refused_with_the_known_ones(shop: WorkingCopy) -> None:
    with pytest.raises(UnknownGuardError, match="It can be installed for claude-code, codex, git"):
        install(shop, "emacs\x1b[2J")


def test_git_gets_a_hook_once_that_can_be_executed(shop: WorkingCopy) -> None:
    hook = shop.root / ".git" / "hooks" / "pre-push"
    assert f"now guarded by {hook}" in install(shop, "git")
    assert os.access(hook, os.X_OK)
    before = hook.read_text()
    assert "already guarded" in install(shop, "git")
    install(shop, "git", SENTINEL_HOME="/var/lib/elsewhere")
    assert hook.read_text() != before
    assert str(hook) in install(shop, "git", print_only=True)


def test_in_a_linked_worktree_it_is_the_repositorys_hook(shop: WorkingCopy, tmp_path: Path) -> None:
    shop.write("a", "a")
    shop.commit("A")
    shop.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    install(WorkingCopy(tmp_path / "linked"), "git")
    assert (shop.root / ".git" / "hooks" / "pre-push").is_file()


def test_a_persons_own_hook_is_left_alone_and_they_are_told_what_to_call(shop: WorkingCopy) -> None:
    hook = shop.write(".git/hooks/pre-push", "#!/bin/sh\nmake lint\n", mode=0o755)
    with pytest.raises(HookTakenError, match="guard pre-push"):
        install(shop, "git")
    assert hook.read_text() == "#!/bin/sh\nmake lint\n"


def test_hooks_that_settings_keep_elsewhere_are_left_alone(shop: WorkingCopy, tmp_path: Path) -> None:
    shop.git("config", "core.hooksPath", str(tmp_path / "shared"))
    with pytest.raises(HooksElsewhereError, match="Nothing was written"):
        install(shop, "git")
    assert not (tmp_path / "shared").exists()
