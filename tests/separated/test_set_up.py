"""`sentinel setup separated`: once, again, only printed, and refused."""

import grp
import pwd
import subprocess

import pytest

from tests.separated.machine import MAIN, Machine


def test_printing_changes_nothing_and_needs_no_root(bare_machine: Machine) -> None:
    layout = bare_machine.layout
    words = ("setup", "separated", "--print", "--name", layout.name, "--agent-user", bare_machine.agent)
    done = subprocess.run(
        [*bare_machine.as_user("nobody"), str(bare_machine.python), "-P", "-c", MAIN, *words],
        cwd="/",
        env=bare_machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"usermod --append --groups {layout.agents} {bare_machine.agent}" in done.stdout
    assert "AmbientCapabilities=CAP_SETUID CAP_SETGID CAP_KILL" in done.stdout
    assert not layout.state.exists()
    with pytest.raises(KeyError):
        grp.getgrnam(layout.name)


def test_setting_up_again_keeps_what_people_changed(machine: Machine) -> None:
    layout = machine.layout
    settings = layout.home / "daemon.toml"
    settings.write_text(f"# ours\n{settings.read_text()}")
    (layout.home).chmod(0o755)
    before = pwd.getpwnam(layout.build)
    again = machine.set_up("--agent-user", machine.agent, "--operator", machine.operator)
    assert again.returncode == 0, again.stderr
    assert settings.read_text().startswith("# ours")
    assert layout.home.stat().st_mode & 0o7777 == 0o700
    assert pwd.getpwnam(layout.build) == before
    assert "useradd" not in again.stdout


def test_one_user_cannot_ask_and_approve(bare_machine: Machine) -> None:
    refused = bare_machine.set_up("--agent-user", bare_machine.agent, "--operator", bare_machine.agent)
    assert refused.returncode == 2
    assert "the same user would ask for releases and approve them" in refused.stderr
    assert not bare_machine.layout.state.exists()


def test_it_needs_root(bare_machine: Machine) -> None:
    refused = bare_machine.sentinel("nobody").run("setup", "separated", cwd=bare_machine.folder)
    assert refused.code == 2
    assert "Only root can make users" in refused.err


def test_an_installation_that_an_agent_could_change_is_refused(bare_machine: Machine) -> None:
    code = bare_machine.python.parents[2] / "code" / "sentinel"
    subprocess.run(["chown", bare_machine.agent, str(code.parent)], check=True)
    try:
        refused = bare_machine.set_up("--agent-user", bare_machine.agent)
    finally:
        subprocess.run(["chown", "root", str(code.parent)], check=True)
    assert refused.returncode == 2
    assert "users other than root can change" in refused.stderr


def test_a_daemon_without_its_capabilities_refuses_to_serve(machine: Machine) -> None:
    refused = machine.sh(
        machine.layout.daemon,
        f"SENTINEL_HOME={machine.layout.home} {machine.python} -P -c '{MAIN}' daemon run",
    )
    assert refused.returncode == 2
    assert f"it cannot act as {machine.layout.build}" in refused.stderr
