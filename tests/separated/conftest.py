"""Separated mode on this machine: as root, with users that exist as long as the tests do."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.small import Small, two_services
from tests.separated.machine import Machine, everybodys_python, new_machine
from tests.separated.project import Governed

PROGRAMS = ("useradd", "userdel", "groupadd", "usermod", "setpriv")


@pytest.fixture(scope="session")
def python() -> Iterator[Path]:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if os.geteuid() != 0 or missing:
        why = f"these programs are missing: {', '.join(missing)}" if missing else "this is not root"
        pytest.skip(f"SEPARATED MODE IS NOT TESTED HERE: {why}")
    with tempfile.TemporaryDirectory(prefix="s-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        found = everybodys_python(Path(folder))
        if isinstance(found, str):
            pytest.skip(f"SEPARATED MODE IS NOT TESTED HERE: {found}")
        yield found


@pytest.fixture
def bare_machine(python: Path) -> Iterator[Machine]:
    """Before the set-up."""
    folder = Path(tempfile.mkdtemp(prefix="s-", dir="/tmp"))
    folder.chmod(0o755)
    machine = new_machine(folder, python)
    try:
        yield machine
    finally:
        machine.remove()


@pytest.fixture
def machine(bare_machine: Machine) -> Machine:
    done = bare_machine.set_up("--agent-user", bare_machine.agent, "--operator", bare_machine.operator)
    assert done.returncode == 0, done.stderr
    return bare_machine


@pytest.fixture
def governed(machine: Machine) -> Iterator[Governed]:
    """A small project in the agent's working copy, with its remote; nothing is registered yet."""
    with two_services() as services:
        small = Small.create(machine.folder, "small", *services)
        governed = Governed(machine, small)
        governed.prepare()
        yield governed


@pytest.fixture
def registered(governed: Governed) -> Iterator[Governed]:
    """It is registered and trusted, and the daemon runs."""
    with governed.machine.daemon():
        governed.register()
        yield governed
