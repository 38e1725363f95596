"""Commands under a supervisor: how they end, what is kept of their output, and what happens to their children."""

import dataclasses
import json
import os
import signal
import stat
import sys
from functools import partial
from pathlib import Path

import anyio
import pytest

from sentinel.adapters.supervisor import runs, shim
from sentinel.adapters.supervisor.run_folder import is_running, tail_of
from sentinel.adapters.supervisor.runs import (
    cancel_script,
    cancel_under,
    run_script,
)
from sentinel.core.release.script import ScriptOrder, ScriptResult
from sentinel.errors.command import OrderNotWrittenError
from tests.adapters.supervised import alive, process_in, shell, supervisor_of, told, until


async def run(tmp_path: Path, script: str, **options: float) -> ScriptResult:
    """Runs a script in `tmp_path` to its end."""
    timeout = options.get("timeout", 20.0)
    order = shell(script, tmp_path, timeout=timeout, cap=int(options.get("cap", 1 << 20)))
    return await run_script(tmp_path / "run", order, told)


async def test_a_command_that_succeeds_is_ok_and_its_output_is_shown(tmp_path: Path) -> None:
    result = await run(tmp_path, "pwd; echo done >&2")
    assert result.ok
    assert result.tail == f"{tmp_path}\ndone\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [("true", ()), (r"printf '\n\n'", ()), (r"printf 'a\n\nb\nc'", ("", "b", "c")), ("echo a", ("a",))],
)
async def test_the_last_lines_are_those_that_were_printed(
    tmp_path: Path, script: str, expected: tuple[str, ...]
) -> None:
    await run(tmp_path, script)
    assert tail_of(tmp_path / "run", 3) == expected


async def test_a_command_that_fails_is_not_ok_and_says_with_which_code(tmp_path: Path) -> None:
    result = await run(tmp_path, "exit 3")
    assert (result.ok, result.outcome, result.exit_code) == (False, "exited", 3)
    assert result.sentence.startswith("ended with exit code 3")


async def test_a_command_that_a_signal_ends_is_told_apart_from_one_that_fails(tmp_path: Path) -> None:
    result = await run(tmp_path, "kill -KILL $$")
    assert (result.ok, result.outcome, result.exit_code) == (False, "signalled", -signal.SIGKILL)
    assert result.sentence.startswith("was ended by signal 9")


@pytest.mark.parametrize(
    "written",
    [
        "printf nothing >$SENTINEL_RUN/status.json",
        "printf '[]' >$SENTINEL_RUN/status.json",
        'printf \'{"outcome": "exited", "exit_code": 1e999, "seconds": 1, "reason": ""}\' >$SENTINEL_RUN/status.json',
        'printf \'{"outcome": "exited", "exit_code": 0, "seconds": NaN, "reason": ""}\' >$SENTINEL_RUN/status.json',
        "yes '[' | head -c 60000 | tr -d '\\n' >$SENTINEL_RUN/status.json",
        "ln -s /dev/zero $SENTINEL_RUN/status.json",
        "mkfifo $SENTINEL_RUN/status.json",
        "mkdir $SENTINEL_RUN/status.json",
        "mkfifo o && mv o $SENTINEL_RUN/output.log",
        "mkfifo i && mv i $SENTINEL_RUN/identity.json",
        "printf '[]' >$SENTINEL_RUN/identity.json",
        "mkfifo c && mv c $SENTINEL_RUN/command.json",
        "printf '{}' >$SENTINEL_RUN/command.json",
    ],
)
async def test_a_command_that_writes_beside_its_run_and_kills_its_supervisor_was_lost(
    tmp_path: Path, written: str
) -> None:
    with anyio.fail_after(20):
        result = await run(tmp_path, f"{written}; kill -KILL $PPID; sleep 60")
    assert (result.ok, result.outcome) == (False, "lost")
    assert result.sentence.startswith("was lost: its ")


async def test_a_command_that_does_not_exist_failed_to_start_with_the_reason(tmp_path: Path) -> None:
    missing = ScriptOrder(("no-such-program",), str(tmp_path), timeout_seconds=5)
    result = await run_script(tmp_path / "run", missing, told)
    assert result.outcome == "failed_to_start"
    assert result.sentence == "could not be started: No such file or directory"


async def test_a_folder_is_run_once_and_reports_the_same_result_for_ever(tmp_path: Path) -> None:
    first = await run(tmp_path, "echo ran >> ran")
    assert await run(tmp_path, "echo ran >> ran") == first
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_two_callers_at_once_share_one_run(tmp_path: Path) -> None:
    results: list[ScriptResult] = []

    async def call() -> None:
        results.append(await run(tmp_path, "echo ran >> ran; sleep 0.2"))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(call)
    assert len(results) == 5
    assert len(set(results)) == 1
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_a_hanging_command_that_ignores_term_is_killed_after_its_time(tmp_path: Path) -> None:
    result = await run(tmp_path, "trap '' TERM; echo $$ > pid; while :; do sleep 60; done", timeout=0.3)
    assert result.outcome == "timed_out"
    assert not alive(await process_in(tmp_path / "pid"))


async def test_term_lets_a_command_clean_up_when_its_time_is_over(tmp_path: Path) -> None:
    result = await run(tmp_path, "trap 'echo cleaned; exit 0' TERM; sleep 60 & wait", timeout=0.3)
    assert (result.outcome, result.ok) == ("timed_out", False)
    assert "cleaned" in result.tail


async def test_a_timeout_ends_what_forked_away_into_a_session_of_its_own(tmp_path: Path) -> None:
    script = "setsid sh -c 'trap \"\" TERM; echo $$ > away; while :; do sleep 60; done' & sleep 60"
    result = await run(tmp_path, script, timeout=0.5)
    assert result.outcome == "timed_out"
    assert not alive(await process_in(tmp_path / "away"))


async def test_a_service_that_a_command_starts_outlives_it_and_may_go_on_writing(tmp_path: Path) -> None:
    service = "echo $$ > service; while :; do echo tick; echo x >> beats; sleep 0.02; done"
    result = await run(tmp_path, f"setsid sh -c '{service}' & echo started")
    pid = await process_in(tmp_path / "service")
    try:
        assert result.ok
        assert "started" in result.tail
        written = (tmp_path / "beats").stat().st_size
        await until(lambda: (tmp_path / "beats").stat().st_size > written + 20)
        assert alive(pid)
        assert not is_running(tmp_path / "run")
    finally:
        os.kill(pid, signal.SIGKILL)


ESCAPES = {
    "in the background": "sleep 61 & echo $! >left",
    "deaf to TERM": "setsid sh -c 'trap \"\" TERM; echo $$ >left; while :; do sleep 61; done' &",
    "as a daemon without its environment": "env -i setsid sh -c 'sleep 61 & echo $! >left; sleep 0.05' >/dev/null 2>&1",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES.keys())
async def test_what_may_leave_no_services_leaves_nothing_running_and_is_told_so(tmp_path: Path, escape: str) -> None:
    order = dataclasses.replace(
        shell(f"{escape}\nuntil [ -s left ]; do sleep 0.01; done; echo done", tmp_path), services=False
    )
    result = await run_script(tmp_path / "run", order, told)
    assert result.ok
    assert not alive(await process_in(tmp_path / "left"))
    assert "done\n\n[Sentinel ended what the command left running, " in result.tail
    assert "sleep 61" in result.tail


async def test_what_leaves_nothing_is_told_nothing(tmp_path: Path) -> None:
    order = dataclasses.replace(shell("sleep 0.01 & wait; echo done", tmp_path), services=False)
    result = await run_script(tmp_path / "run", order, told)
    assert result.tail == "done\n"


async def test_gigabytes_of_output_are_cut_to_their_beginning_and_end(tmp_path: Path) -> None:
    result = await run(tmp_path, "echo first; yes | head -c 1073741824; echo last", cap=64 * 1024)
    log = tmp_path / "run" / "output.log"
    assert result.ok
    assert log.stat().st_size < 65 * 1024
    assert log.read_bytes().startswith(b"first\n")
    assert b"bytes of output were left out here]" in log.read_bytes()
    assert result.tail.endswith("last\n")


async def test_invalid_utf8_and_terminal_sequences_are_made_safe_to_show(tmp_path: Path) -> None:
    result = await run(tmp_path, r"printf '\377\376 \033[31mred\033[0m \033]0;title\007 \007bell \342\200\256rtl\n'")
    assert result.tail == "�� red  \\x07bell \\u202ertl\n"


async def test_the_tail_is_bounded_whatever_the_output_is(tmp_path: Path) -> None:
    assert len((await run(tmp_path, "head -c 100000 /dev/zero")).tail) <= 4096


async def test_a_full_disk_costs_the_log_but_not_the_result(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "output.log").symlink_to("/dev/full")
    result = await run(tmp_path, "yes | head -c 1000000; exit 7")
    assert (result.outcome, result.exit_code) == ("exited", 7)


async def test_an_order_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(OrderNotWrittenError, match="Nothing was started"):
        await run(tmp_path, "true")


async def test_cancelling_ends_the_whole_tree(tmp_path: Path) -> None:
    order = shell("setsid sleep 60 & echo $! > away; sleep 60", tmp_path)
    results: list[ScriptResult] = []

    async def wait() -> None:
        results.append(await run_script(tmp_path / "a" / "deploy" / "1", order, told))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        away = await process_in(tmp_path / "away")
        await cancel_under(tmp_path / "a")
        assert not alive(away)
    assert results[0].outcome == "cancelled"


async def test_term_to_the_supervisor_cancels(tmp_path: Path) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, tmp_path, "echo $$ > pid; sleep 60")
        pid = await process_in(tmp_path / "pid")
        os.kill(supervisor_of(tmp_path / "run"), signal.SIGTERM)
    assert not alive(pid)
    assert (await run(tmp_path, "")).outcome == "cancelled"


async def test_a_run_that_was_cancelled_before_it_began_never_begins(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "cancel").touch()
    assert (await run(tmp_path, "touch began")).outcome == "cancelled"
    assert not (tmp_path / "began").exists()


async def test_cancelling_what_has_ended_or_never_was_changes_nothing(tmp_path: Path) -> None:
    first = await run(tmp_path, "true")
    await cancel_script(tmp_path / "run")
    await cancel_script(tmp_path / "never")
    assert await run(tmp_path, "true") == first
    assert not (tmp_path / "never").exists()


async def test_the_command_gets_its_own_environment_and_no_input(tmp_path: Path) -> None:
    result = await run(tmp_path, "env | cut -d= -f1 | grep -v -e PWD -e '^_' -e SHLVL -e OLDPWD | sort; cat")
    assert result.tail.split() == ["PATH", "SECRET", "SENTINEL_RUN"]


async def test_secrets_of_the_environment_do_not_stay_on_the_disk(tmp_path: Path) -> None:
    await run(tmp_path, "true")
    folder = tmp_path / "run"
    assert not any(b"s3cret" in file.read_bytes() for file in folder.iterdir())
    assert "env" not in json.loads((folder / "order.json").read_text())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_secrets_are_masked_in_the_log_however_the_output_comes_and_where_it_is_cut(tmp_path: Path) -> None:
    script = "for part in s3 cret- of-all; do printf $part; sleep 0.05; done; yes | head -c 5000; printf $WHOLE"
    order = shell(script, tmp_path, cap=200)
    result = await run_script(tmp_path / "run", order, partial(told, WHOLE="s3cret-of-all"))
    log = (tmp_path / "run" / "output.log").read_text()
    assert log.startswith("***y\n")
    assert log.endswith("y\n***")
    assert result.tail == log
    assert not any(b"s3cret-of-all" in file.read_bytes() for file in (tmp_path / "run").iterdir())


async def test_a_supervisor_that_is_not_told_everything_starts_nothing(tmp_path: Path) -> None:
    """As when the daemon dies while it starts one; the next daemon starts another."""
    run_folder, order = tmp_path / "run", shell("echo ran >> ran", tmp_path)
    runs._write_order(run_folder, order)  # noqa: SLF001 - the half that comes before the death
    said = b'{"env": {"SECRET": "s3'
    died = await anyio.run_process([sys.executable, "-I", "-S", shim.__file__, str(run_folder)], input=said)
    assert died.returncode == 0
    assert not (run_folder / "identity.json").exists()
    assert (await run_script(run_folder, order, told)).ok
    assert (tmp_path / "ran").read_text() == "ran\n"
