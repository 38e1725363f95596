"""Completion in real shells: what is typed is completed to what the command line knows."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sentinel.front.cli.commands.install import SHELLS
from sentinel.front.cli.completion import script, words_of
from sentinel.front.cli.parser import all_commands

ASKED = {
    "bash": 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sentinel; echo "${COMPREPLY[*]}"',
    # What `_describe` of zsh's own would show, which needs a terminal: the words with their help.
    "zsh": 'compdef() {}; _describe() { print -rl -- ${(P)2}}; source "$1"; shift; words=("$@"); CURRENT=$#; _sentinel',
    "fish": "source $argv[1]; complete -C (string join -- ' ' $argv[2..])",
}
COMMANDS = {
    "bash": ("bash", "--norc", "-c", ASKED["bash"], "bash"),
    "zsh": ("zsh", "-f", "-c", ASKED["zsh"], "zsh"),
    "fish": ("fish", "--no-config", "-c", ASKED["fish"]),
}


def completed(shell: str, written: Path, typed: str) -> list[str]:
    """The words that begin as the last one that is `typed`."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    words = typed.split(" ")
    asked = [*COMMANDS[shell], str(written), *words]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.stderr == ""
    lines = done.stdout.split() if shell == "bash" else done.stdout.splitlines()
    found = (line.partition("\t")[0] for line in lines)
    named = (line.partition(":")[0] if shell == "zsh" else line for line in found)
    return sorted({name for name in named if name.startswith(words[-1])})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sentinel aud", ["audit"]),
        ("sentinel audit exp", ["export"]),
        ("sentinel audit list --find", ["--findings"]),
        ("sentinel logs smo", ["smoke"]),
        ("sentinel completion ", ["bash", "fish", "zsh"]),
        ("sentinel show --js", ["--json"]),
    ],
)
def test_a_shell_completes(shell: str, typed: str, expected: list[str], tmp_path: Path) -> None:
    written = tmp_path / "completion"
    written.write_text(script(shell))
    found = completed(shell, written, typed)
    assert [name for name in found if not name.startswith("--") or typed.rpartition(" ")[2]] == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_action_and_option_is_completed(shell: str) -> None:
    text = script(shell)
    for name, command in all_commands().items():
        assert name in text
        for action in command.every_action():
            for option in words_of(action).options:
                assert option.removeprefix("--") in text
