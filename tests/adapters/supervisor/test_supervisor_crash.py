"""Crashes: the daemon is killed while a command runs, the supervisor is killed, or both are."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from sentinel.adapters.processes import boot_id, boot_seconds, process_start
from sentinel.adapters.supervisor import shim
from sentinel.adapters.supervisor.run_folder import is_running
from sentinel.adapters.supervisor.runs import cancel_script, run_script
from sentinel.core.release.script import ScriptResult
from sentinel.errors.command import SupervisorNotStartedError
from tests.adapters.supervised import DEADLINE, alive, process_in, shell, supervisor_of, told, until

DAEMON = """
import sys, anyio
from pathlib import Path
from sentinel.adapters.supervisor.runs import run_script
from tests.adapters.supervised import shell, told
print(anyio.run(run_script, Path(sys.argv[1]), shell(sys.argv[2], Path(sys.argv[3])), told), flush=True)
"""


def daemon(tmp_path: Path, script: str) -> "subprocess.Popen[bytes]":
    """Another process that runs a script and waits for it, in a process group of its own."""
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(tmp_path / "run"), script, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that no run started."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def record(directory: Path, process: dict[str, object]) -> None:
    """Leaves what a run of `process` had on record when it was lost."""
    directory.mkdir()
    for name in ("identity", "command", "order"):
        shim.write(directory / f"{name}.json", process)


async def supervise(directory: Path) -> None:
    """Starts a supervisor as the adapter does, whatever is in the folder."""
    given = b'{"env": {}, "hidden": []}'
    await anyio.run_process([sys.executable, "-I", "-S", shim.__file__, str(directory)], input=given)


def kill_hard(process: "subprocess.Popen[bytes]") -> None:
    """kill -9 of a whole process group."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)


async def test_a_killed_daemon_leaves_the_command_running_and_the_next_one_adopts_it(tmp_path: Path) -> None:
    script = "echo ran >> ran; echo $$ > pid; while [ ! -e go ]; do sleep 0.01; done; exit 5"
    first = daemon(tmp_path, script)
    pid = await process_in(tmp_path / "pid")
    kill_hard(first)
    assert alive(pid)
    assert is_running(tmp_path / "run")
    second = daemon(tmp_path, script)
    (tmp_path / "go").touch()
    output, _ = second.communicate(timeout=DEADLINE)
    assert b"exit_code=5" in output
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_an_adopted_command_can_be_cancelled(tmp_path: Path) -> None:
    first = daemon(tmp_path, "setsid sleep 60 & echo $! > away; sleep 60")
    away = await process_in(tmp_path / "away")
    kill_hard(first)
    await cancel_script(tmp_path / "run")
    assert not alive(away)
    assert (await run_script(tmp_path / "run", shell("", tmp_path), told)).outcome == "cancelled"


async def test_a_command_that_ended_while_no_daemon_ran_is_reported(tmp_path: Path) -> None:
    first = daemon(tmp_path, "echo $$ > pid; while [ ! -e go ]; do sleep 0.01; done; exit 6")
    await process_in(tmp_path / "pid")
    kill_hard(first)
    (tmp_path / "go").touch()
    await until(lambda: not is_running(tmp_path / "run"))
    assert (await run_script(tmp_path / "run", shell("", tmp_path), told)).exit_code == 6


async def test_a_cancelled_wait_leaves_the_command_running(tmp_path: Path) -> None:
    order = shell("echo $$ > pid; while [ ! -e go ]; do sleep 0.01; done", tmp_path)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_script, tmp_path / "run", order, told)
        pid = await process_in(tmp_path / "pid")
        tasks.cancel_scope.cancel()
    assert alive(pid)
    (tmp_path / "go").touch()
    assert (await run_script(tmp_path / "run", order, told)).ok


async def test_a_killed_supervisor_takes_the_command_with_it_and_the_run_is_lost(tmp_path: Path) -> None:
    script = "echo ran >> ran; sleep 61 & echo $! > near; setsid sleep 62 & echo $! > away; echo $$ > pid; sleep 60"
    results: list[ScriptResult] = []

    async def wait() -> None:
        results.append(await run_script(tmp_path / "run", shell(script, tmp_path), told))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        pids = [await process_in(tmp_path / name) for name in ("near", "away", "pid")]
        os.kill(supervisor_of(tmp_path / "run"), signal.SIGKILL)
    assert (results[0].outcome, results[0].ok) == ("lost", False)
    assert results[0].sentence.startswith("was lost")
    assert not any(alive(pid) for pid in pids)
    assert (await run_script(tmp_path / "run", shell(script, tmp_path), told)).outcome == "lost"
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_cancelling_a_run_whose_supervisor_is_dead_ends_what_is_left_of_it(tmp_path: Path) -> None:
    first = daemon(tmp_path, "setsid sleep 60 & echo $! > away; sleep 60")
    away = await process_in(tmp_path / "away")
    kill_hard(first)
    os.kill(supervisor_of(tmp_path / "run"), signal.SIGKILL)
    await cancel_script(tmp_path / "run")
    assert not alive(away)


async def test_leftovers_of_another_boot_are_never_looked_for(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    start = process_start(bystander.pid)
    record(tmp_path / "run", {"pid": bystander.pid, "start": start, "boot": "another", "mark": "X=1"})
    assert (await run_script(tmp_path / "run", shell("", tmp_path), told)).outcome == "lost"
    assert alive(bystander.pid)


async def test_a_reused_process_number_is_not_taken_for_the_command(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    record(tmp_path / "run", {"pid": bystander.pid, "start": 1, "boot": boot_id(), "mark": "X=1"})
    assert (await run_script(tmp_path / "run", shell("", tmp_path), told)).outcome == "lost"
    assert alive(bystander.pid)


async def test_an_order_that_no_supervisor_took_is_started(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "order.json").write_text("damaged")
    with pytest.raises(SupervisorNotStartedError, match="JSONDecodeError"):
        await run_script(run, shell("touch ran", tmp_path), told)
    (run / "order.json").unlink()
    assert (await run_script(run, shell("touch ran", tmp_path), told)).ok
    assert (tmp_path / "ran").exists()


async def test_what_an_earlier_version_ordered_runs_as_it_was_ordered(tmp_path: Path) -> None:
    """The daemon was stopped for an upgrade when it had written the order, and no supervisor had taken it."""
    run = tmp_path / "run"
    run.mkdir()
    document = shell("echo before the upgrade", tmp_path).document()
    before = {**{key: value for key, value in document.items() if key != "user"}, "guest": None}
    (run / "order.json").write_text(json.dumps(before))
    assert (await run_script(run, shell("echo after it", tmp_path), told)).tail == "before the upgrade\n"


async def test_what_an_earlier_version_s_supervisor_wrote_is_the_result(tmp_path: Path) -> None:
    run = tmp_path / "run"
    record(run, {"pid": 1, "start": 1, "boot": "another", "mark": "X=1"})
    written = {"outcome": "exited", "exit_code": 4, "reason": "", "began": 1.0, "ended": 3.0, "seconds": 2.0}
    (run / "status.json").write_text(json.dumps(written))
    result = await run_script(run, shell("", tmp_path), told)
    assert (result.outcome, result.exit_code, result.seconds) == ("exited", 4, 2.0)


async def test_a_second_supervisor_never_runs_a_taken_order(tmp_path: Path) -> None:
    assert (await run_script(tmp_path / "run", shell("echo ran >> ran", tmp_path), told)).ok
    (tmp_path / "run" / "status.json").unlink()
    await supervise(tmp_path / "run")
    assert (await run_script(tmp_path / "run", shell("", tmp_path), told)).outcome == "lost"
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_while_the_lock_is_held_no_supervisor_takes_the_order(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with (run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (run / "order.json").write_text("{}")
        await supervise(run)
    assert not (run / "identity.json").exists()


def test_a_process_is_known_by_its_start_and_the_clock_goes_on() -> None:
    assert process_start(os.getpid()) == process_start(os.getpid())
    assert process_start(2**30) is None
    assert boot_id() == boot_id()
    assert 0 < boot_seconds() <= boot_seconds()
