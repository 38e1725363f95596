"""What tests of a commit leave on the machine, and what of it the next command meets: nothing."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from sentinel.adapters.supervisor.launcher import LAUNCHER, SHARED, SUPERVISOR, end_strays
from tests.protocol import agent
from tests.separated.machine import Machine, end_processes_of, processes_of
from tests.separated.project import Governed
from tests.separated.test_builds import supervisor, until

LONELY = "env -i /usr/bin/setsid /bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done' >/dev/null 2>&1 &"
"""Without the mark of its run, in a session of its own."""
CHAIN = """
import os, sys, time
if os.fork():
    sys.exit()
os.setsid()
end = time.monotonic() + 180  # should nobody end it
while time.monotonic() < end:  # every process lives for a moment only
    if os.fork():
        os._exit(0)
"""


async def test_files_that_tests_leave_at_home_or_among_temporary_ones_are_gone_for_a_build(
    registered: Governed,
) -> None:
    home = "getent passwd $(id -un) | cut -d: -f6"
    places = f'"$HOME" "$TMPDIR" /tmp /var/tmp /dev/shm "$({home})"'
    name = f"left-{registered.machine.layout.name}"
    registered.script("tests", f"for place in {places}; do touch $place/{name}; done; true")
    registered.script("build", f"ls -a {places} >{registered.notes}/seen")
    registered.push("Leave files")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.to_candidate(client)
    assert name not in registered.note("seen")
    assert registered.note("seen").count("..") == 6


@pytest.mark.parametrize(("program", "cleared"), [(LAUNCHER, True), (SUPERVISOR, False)])
def test_files_among_temporary_ones_go_while_the_user_only_tidies_and_stay_while_a_command_runs(
    registered: Governed, program: bytes, *, cleared: bool
) -> None:
    user = pwd.getpwnam(registered.machine.layout.build)
    left = SHARED[0] / f"left-{user.pw_name}"
    left.touch()
    os.chown(left, user.pw_uid, user.pw_gid)
    code = "import subprocess, sys; subprocess.run(['sleep', '600'], user=int(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", code, str(user.pw_uid), program.decode()]) as above:
        until(lambda: bool(processes_of({user.pw_uid})))
        assert end_strays(user.pw_uid, user.pw_gid) == ""
        assert left.exists() is not cleared
        end_processes_of({user.pw_uid})
        above.wait()
    left.unlink(missing_ok=True)


async def test_a_process_that_hides_from_its_killed_supervisor_is_ended_before_the_next_command(
    registered: Governed,
) -> None:
    build = pwd.getpwnam(registered.machine.layout.build).pw_uid
    once = f"[ -e {registered.notes}/once ] && exit 0; {LONELY} touch {registered.notes}/once; sleep 600"
    registered.script("tests", once)
    registered.push("Hide")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: agent.call(client, "run_tests"))
            await to_thread.run_sync(until, (registered.notes / "once").exists)
            os.kill(supervisor(registered.machine.layout.work), signal.SIGKILL)
        await agent.until_state(client, "ACTIVE")
    await to_thread.run_sync(until, lambda: processes_of({build}) == [])  # a supervisor may be about to end


async def test_processes_that_fork_faster_than_they_are_found_are_ended(registered: Governed) -> None:
    build = pwd.getpwnam(registered.machine.layout.build).pw_uid
    registered.small.write("chain.py", CHAIN)
    registered.script(
        "tests",
        f"[ -e {registered.notes}/once ] || {registered.machine.python} chain.py; touch {registered.notes}/once; ",
    )
    registered.push("Fork")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        for _ in range(2):
            await agent.good(client, "run_tests")
    await to_thread.run_sync(until, lambda: processes_of({build}) == [])  # a supervisor may be about to end


async def test_what_staging_leaves_running_belongs_to_a_user_who_cannot_reach_a_build(registered: Governed) -> None:
    layout = registered.machine.layout
    users = {name: pwd.getpwnam(getattr(layout, name)).pw_uid for name in ("build", "staging")}
    places = f"{layout.work}/small/*/checkout-* $(cat {registered.notes}/where)"
    reach = f"for place in {places}; do ls $place && touch $place/forged; done"
    service = f"while :; do {{ {reach}; }} >>{registered.notes}/reached 2>/dev/null; sleep 0.02; done"
    registered.script("staging", f"setsid sh -c '{service}' >/dev/null 2>&1 &")
    registered.script("tests", f"pwd >{registered.notes}/where; sleep 0.3; ls >{registered.notes}/found; ")
    registered.push("Serve")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.to_soaked(client)
        assert processes_of({users["build"]}) == []
        assert processes_of({users["staging"]})
        await agent.good(client, "abandon_release", reason="Again")
        await agent.good(client, "run_tests")
    assert processes_of({users["staging"]})
    assert registered.note("reached") == ""
    assert "forged" not in registered.note("found")


def test_what_was_left_at_the_build_users_former_home_is_set_aside(machine: Machine) -> None:
    home = machine.layout.build_home
    home.rmdir()
    home.mkdir()
    (home / ".npmrc").write_text("a person's own")
    os.chown(home, pwd.getpwnam(machine.layout.build).pw_uid, -1)
    assert machine.set_up("--agent-user", machine.agent, "--operator", machine.operator).returncode == 0
    assert (home.stat().st_uid, list(home.iterdir())) == (0, [])
    assert (Path(f"{home}.before") / ".npmrc").read_text() == "a person's own"
