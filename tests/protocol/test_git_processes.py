"""How many processes of git a whole release takes, counted by programs that stand before the real ones."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.protocol.installation import Installation
from tests.protocol.releasing import governed, release
from tests.protocol.small import Small

MOST = 60
_COUNTING = """#!/bin/sh
printf '%s %s\\n' {name} "$*" >>{log}
exec {real} "$@"
"""


class Counted:
    """The programs that an installation starts by their names, each written down with its words."""

    def __init__(self, folder: Path, *names: str) -> None:
        folder.mkdir()
        self._log = folder / "log"
        self._path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        for name in names:
            program = folder / name
            program.write_text(_COUNTING.format(name=name, log=self._log, real=shutil.which(name)))
            program.chmod(0o755)

    def by(self, installation: Installation) -> Installation:
        return replace(installation, extra={**installation.extra, "PATH": self._path})

    def take(self) -> list[str]:
        """What was started since the last time."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.write_text("")
        return lines


@pytest.mark.parametrize("remote", ["none", "origin"])
async def test_a_whole_release_takes_few_processes_of_git(
    short_folder: Path, small: Small, own: Installation, remote: str
) -> None:
    """The second one: it has a version before it, and a production that runs something."""
    small.change_policy({"closure": {"delete_branches": ["feature/*"]}})
    if remote != "none":
        small.change_policy({"project": {"remote": remote}})
    small.commit("Configure")
    if remote != "none":
        small.add_remote()
    counted = Counted(short_folder / "counted", "git", "env")
    async with governed(counted.by(own)) as client:
        assert (await release(client, own))["production"]["version"] == "0.1.0"
        small.next_changes("0.1.0", "More.")
        small.git("branch", "feature/more")
        if remote != "none":
            small.git("push", "--quiet", remote, "main", "feature/more")
        counted.take()
        assert (await release(client, own))["production"]["version"] == "0.2.0"
        started = counted.take()
    assert [line for line in started if not line.startswith("git ")] == []
    assert len(started) <= MOST, "\n".join(started)
    assert "feature/more" not in small.git("branch", "--list")
