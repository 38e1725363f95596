"""An agent whose own processes are steered by variables: they steer nothing but these."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.approvers import Person, name_approvers
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import ENDS, Live, governed, history

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="NOT TRIED: LD_PRELOAD needs Linux and a C compiler (cc)"
)
LIBRARY = r"""
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void) {
    char line[4096];
    int from = open("/proc/self/cmdline", O_RDONLY), to = open(MARKS, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ssize_t size = read(from, line, sizeof line - 1);
    for (ssize_t at = 0; at < size; at++)
        if (line[at] == 0 || line[at] == '\n') line[at] = ' ';
    line[size < 0 ? 0 : size] = '\n';
    write(to, line, size + 1);
    close(from), close(to);
}

int isatty(int descriptor) { return 1; }
int tcflush(int descriptor, int queue) { return 0; }
"""
"""Says which program it was loaded into, and that everything is a terminal."""
PROGRAMS = ("git", "sh", "env")
OWN = (" mcp ", " approve ", "ssh-keygen -q -Y sign ")
"""What the agent itself starts."""
STEERING = ("LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "BASH_ENV", "ENV", "GIT_")


def hostile(folder: Path, marks: Path) -> Mapping[str, str]:
    """Whatever makes a program load, run or obey something else than its own, each of which leaves a mark."""
    source, library, programs = folder / "evil.c", folder / "evil.so", folder / "programs"
    source.write_text(LIBRARY)
    words = ("-shared", "-fPIC", "-w", f'-DMARKS="{marks}"', "-o", str(library), str(source))
    subprocess.run([COMPILER or "cc", *words], check=True, timeout=60)
    programs.mkdir()
    evil = programs / "evil"
    evil.write_text(f'#!/bin/sh\necho "evil $0" >>{marks}\nexit 1\n')
    evil.chmod(0o755)
    for name in PROGRAMS:
        (programs / name).symlink_to(evil)
    (programs / "sitecustomize.py").write_text(
        f"import sys; print('python', *sys.argv, file=open({str(marks)!r}, 'a'))"
    )
    config = {"core.sshCommand": str(evil), "core.hooksPath": str(programs), "gpg.ssh.program": str(evil)}
    numbered = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(config)}
    numbered |= {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(config.values())}
    return {
        "LD_PRELOAD": str(library),
        "LD_LIBRARY_PATH": str(programs),
        "PYTHONPATH": str(programs),
        "BASH_ENV": str(evil),
        "ENV": str(evil),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "GIT_EXEC_PATH": str(programs),
        "GIT_SSH_COMMAND": str(evil),
        "GIT_CONFIG_COUNT": str(len(config)),
        **numbered,
    }


def typed(site: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    """`sentinel approve` with the phrase from a pipe, which the library says is a terminal."""
    command = [*site.program, "approve", *words]
    return subprocess.run(
        command,
        cwd=site.project,
        env=site.environment,
        input="DEPLOY-NOW\n",
        capture_output=True,
        text=True,
        check=False,
    )


async def test_what_steers_an_agents_own_processes_reaches_neither_the_daemon_nor_an_approval(
    own: Installation, live: Live, short_folder: Path
) -> None:
    marks, small = short_folder / "loaded", live.small
    ada, mallory = Person.create(short_folder, "ada"), Person.create(short_folder, "mallory")
    replace(own, program=SENTINEL).run("daemon", "start")  # by a person, with an environment of their own
    name_approvers(own, small, ada.line())
    for name in ("staging", "smoke"):
        small.script(name, f"env >{live.file(f'{name}.env')}")
    live.script("production", f"env >{live.file('production.env')}")
    small.change_policy({"tests": {"command": f"env >{live.file('tests.env')}"}})
    small.commit("Write the environment down")
    turned = Installation(own.home, own.project, hostile(short_folder, marks), SENTINEL)
    async with governed(turned) as client:
        await agent.to_question(client)
        approved = typed(turned, "--key", str(mallory.key))
        assert (approved.returncode, "the daemon's approvers' file does not name" in approved.stderr) == (2, True)
        assert "DEFCON" not in approved.stdout
        unnamed = mallory.key.with_name("unnamed")
        unnamed.write_bytes(mallory.key.read_bytes())
        unnamed.chmod(0o600)
        forced = typed(turned, "--key", str(unnamed))
        assert "DEFCON" in forced.stdout, "the library did not even pass for a terminal"
        assert (forced.returncode, "may not approve: No principal matched" in forced.stderr) == (1, True), forced
        assert "production 0.1.0" not in small.marked()
        assert ada.approve(own).code == 0
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    (claimed,) = [entry["data"] for entry in history(own) if entry["kind"] == "approval.claimed"]
    assert claimed["signers"] == ["ada"]
    loaded = marks.read_text().splitlines()
    assert any(" mcp " in line for line in loaded), "the library was not even loaded by the agent's own relay"
    others = [line for line in loaded if not any(word in line for word in OWN)]
    assert others == [], "it was loaded by somebody else's process"
    for name in ("tests", "staging", "smoke", "production"):
        given = live.file(f"{name}.env").read_text().splitlines()
        assert [line for line in given if line.startswith(STEERING) or str(short_folder / "programs") in line] == []
