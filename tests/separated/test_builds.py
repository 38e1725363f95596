"""What a hostile build may try as the build user, and what it gets."""

import json
import os
import pwd
import signal
import time
from collections.abc import Callable
from pathlib import Path

import anyio
from anyio import to_thread

from tests.protocol import agent
from tests.separated.machine import PRODUCTION_SECRET, SECONDS, processes_of
from tests.separated.project import Governed

ATTEMPTS = """
try() {{ name=$1; shift; if sh -c "$*" >/dev/null 2>&1; then echo "$name"; fi; }}
exec >{notes}/attempts 2>&1
try control "cat $0 /etc/hostname"
try home "ls {home}"
try work "ls {work}"
try keys "cat {home}/projects/small/keys/*"
try database "cat {home}/sentinel.db"
try link "ln {home}/sentinel.db out-link"
try settings "cat {home}/daemon.toml"
try production "cat {production}"
try supervisor-environment "cat /proc/$PPID/environ"
try daemon-environment "cat /proc/{daemon}/environ"
try daemon-memory "head -c1 /proc/{daemon}/mem"
try order "cat $SENTINEL_RUN/order.json"
try forge "echo {{}} >$SENTINEL_RUN/status.json"
try log "echo forged >>$SENTINEL_RUN/output.log"
try kill-supervisor "kill -9 $PPID"
try kill-daemon "kill -9 {daemon}"
try agents "ls {runtime}/agent"
try operators "ls {runtime}/operator"
try root "setpriv --reuid 0 id"
try daemon "setpriv --reuid {user} id"
env >{notes}/environment
grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Groups):' /proc/self/status >{notes}/rights
"""


async def test_a_build_reaches_nothing_of_the_daemon(governed: Governed) -> None:
    layout, small = governed.machine.layout, governed.small
    with governed.machine.daemon() as daemon:
        attempts = ATTEMPTS.format(
            notes=governed.notes,
            home=layout.home,
            work=layout.work,
            runtime=layout.runtime,
            production=governed.production_file,
            daemon=daemon.pid,
            user=layout.daemon,
        )
        small.write("attempts.sh", attempts, mode=0o755)
        small.change_policy(
            {"environment": {"pass": ["LANG", "HOME", "DEPLOY_KEY"]}, "tests": {"command": ["./attempts.sh"]}}
        )
        small.write("attempts.sh", f"#!/bin/sh\n{attempts}", mode=0o755)
        governed.push("Try everything")
        governed.register()
        async with governed.agent.client("2026") as client:
            await agent.good(client, "start_sprint", name="One")
            await agent.good(client, "run_tests")
    assert governed.note("attempts") == "control"
    rights = dict(line.split(":\t", 1) for line in (governed.notes / "rights").read_text().splitlines())
    assert rights.pop("NoNewPrivs") == "1"
    assert rights.pop("Groups").strip() == ""
    assert {value.strip("0") for value in rights.values()} == {""}
    environment = governed.note("environment")
    assert PRODUCTION_SECRET not in environment
    assert "DEPLOY_KEY" not in environment
    assert f"HOME={layout.work}/small/" in environment
    assert f"TMPDIR={layout.work}/small/" in environment


async def test_git_settings_that_a_build_leaves_behind_are_obeyed_by_nobody(governed: Governed) -> None:
    trap = governed.notes / "trap.sh"
    trap.write_text(f"#!/bin/sh\nid -un >>{governed.notes}/trapped\n")
    trap.chmod(0o755)
    settings = "; ".join(
        f"git config {key} {trap}" for key in ("core.fsmonitor", "core.sshCommand", "filter.x.clean", "diff.external")
    )
    hook = f"cp {trap} .git/hooks/post-checkout; cp {trap} .git/hooks/post-index-change"
    governed.script("build", f"mkdir -p .git/hooks; {settings}; {hook}; echo '* filter=x' >.git/info/attributes; true")
    governed.push("Set traps")
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026") as client:
            await agent.to_soaked(client)
    assert not (governed.notes / "trapped").exists()


async def test_a_build_that_changes_its_clone_is_no_release(governed: Governed) -> None:
    governed.script("build", "echo changed >>CHANGELOG.md; echo new >left-behind; chmod 0 left-behind")
    governed.push("Change the clone")
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026") as client:
            prepared = await agent.prepare(client)
    assert agent.sentence(prepared) == "Release Blocked. You have a Dirty Git Tree."
    assert "CHANGELOG.md" in agent.text(prepared)
    assert "left-behind" in agent.text(prepared)


async def test_what_a_build_makes_unreadable_is_released_and_removed_all_the_same(governed: Governed) -> None:
    closed = "umask 077; mkdir out; echo app >out/app; mkdir -p out/deep/er; chmod 0 out/deep/er out/deep"
    governed.small.change_policy({"build": {"command": closed}})
    governed.push("Close the door")
    settings = governed.machine.layout.home / "daemon.toml"
    settings.write_text(f"{settings.read_text()}\n[retention]\noperations = 1\n")
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026") as client:
            await agent.to_candidate(client)
            work = governed.machine.layout.work / "small"
            until(lambda: not list(work.glob("*/checkout-*/out")))
            await agent.good(client, "deploy", target="staging")
            await agent.until_state(client, "SOAKING")
            until(lambda: not list(work.glob("*/build")))


async def test_an_abandoned_command_is_ended_with_all_that_it_started(registered: Governed) -> None:
    build = pwd.getpwnam(registered.machine.layout.build).pw_uid
    registered.script("tests", f"setsid sleep 600 & touch {registered.notes}/runs; sleep 600")
    registered.push("Sleep")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        async with registered.agent.client("2026") as other, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: agent.call(other, "run_tests"))
            await to_thread.run_sync(until, (registered.notes / "runs").exists)
            await agent.call(client, "abandon_release", reason="Enough")
            await agent.until_state(client, "ACTIVE")
    assert processes_of({build}) == []


async def test_leftovers_of_a_killed_supervisor_are_ended(registered: Governed) -> None:
    build = pwd.getpwnam(registered.machine.layout.build).pw_uid
    once = f"[ -e {registered.notes}/once ] && exit 0; setsid sleep 600 & touch {registered.notes}/once; sleep 600"
    registered.script("tests", once)
    registered.push("Sleep once")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: agent.call(client, "run_tests"))
            await to_thread.run_sync(until, (registered.notes / "once").exists)
            assert processes_of({build})
            os.kill(supervisor(registered.machine.layout.work), signal.SIGKILL)
        found = await agent.until_state(client, "ACTIVE")
    assert "The tests passed" in found["message"], found
    assert processes_of({build}) == []


async def test_a_daemon_that_starts_again_adopts_what_the_build_user_runs(governed: Governed) -> None:
    wait = f"touch {governed.notes}/runs; while [ ! -e {governed.notes}/go ]; do sleep 0.05; done"
    governed.script("tests", wait)
    governed.push("Wait")
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026") as client:
            await agent.good(client, "start_sprint", name="One")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: agent.call(client, "run_tests"))
                await to_thread.run_sync(until, (governed.notes / "runs").exists)
                tasks.cancel_scope.cancel()
    with governed.machine.daemon():
        (governed.notes / "go").touch()
        async with governed.agent.client("2026") as client:
            found = await agent.until_state(client, "ACTIVE")
    assert "The tests passed" in found["message"], found
    assert governed.small.marked() == ["tests "]


def supervisor(work: Path) -> int:
    """The only one that has not written its result."""
    (run,) = (found.parent for found in work.rglob("identity.json") if not (found.parent / "status.json").exists())
    return int(json.loads((run / "identity.json").read_text())["pid"])


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
