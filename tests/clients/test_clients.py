"""Real client programs release the small project twice, well and badly, each by a scripted model."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sentinel.adapters.processes import process_start
from sentinel.setup.install import CLIENTS, install
from sentinel.setup.install.entry import Place
from tests.adapters.http_services import answers, in_turn
from tests.clients.model import Model, serving
from tests.clients.npm import cache, installed
from tests.clients.programs import PROGRAMS, PROMPT, Program
from tests.clients.scripted_releases import END, PDV_FAILURE, RESTARTED, ScriptedReleases
from tests.protocol.conftest import own, short_folder, small
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live
from tests.protocol.small import Small

__all__ = ["own", "short_folder", "small"]

pytestmark = pytest.mark.timeout(600)
SECONDS = 240.0
SOAK = "8s"
TARGETS = ["staging", "production"]
GONE = ("no longer available", "been removed", "was removed")
"""How clients tell a model that a tool is not there any more."""
WRAPPING = ("Wall time:", "Output:", "<", "MCP tool")
"""What clients write around an answer."""
SHOWN = re.compile(r'"message\\?": ?\\?"([^"\\]*)')


def test_versions_are_of_clients_that_can_be_installed() -> None:
    assert {program.client for program in PROGRAMS} <= set(CLIENTS)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.client)
def test_a_client_takes_a_release_to_the_archive_and_is_told_of_the_rollback_of_the_next_one(
    program: Program, own: Installation, small: Small, short_folder: Path
) -> None:
    path = installed(program)
    hold, begun = small.marks.with_suffix(".hold"), small.marks.with_suffix(".begun")
    live = Live.create(small)
    soaking(small, hold, begun)
    trusted(own)
    home = short_folder / "person"
    releases = ScriptedReleases(
        restart=lambda: meanwhile(lambda: kill_during_tests(own, hold, begun)),
        approve=lambda: approved(own),
        change=lambda: faulty(live),
        longest_wait=program.longest_wait,
    )
    model = Model(program.dialect(), releases.play)
    with serving(model) as url:
        place = Place(small.root, home, {"HOME": str(home), "SENTINEL_HOME": str(own.home)}, "linux")
        keep_out_of_git(install(program.client, place, unattended=True, print_only=False), small)
        done = run(program, path, home, small.root, url)
    record(program, releases, model)
    said = f"{done.stdout[-2000:]} {done.stderr[-2000:]}"
    assert not model.failures, f"{model.failures} {said}"
    assert releases.ended, f"{[step.call.tool for step in releases.steps]} {said}"
    assert (done.returncode, END in done.stdout) == (0, True), said
    check_definitions(program, releases)
    check_answers(releases)
    check_release(own, live)


def soaking(small: Small, hold: Path, begun: Path) -> None:
    """A soak that is long enough to be violated, and tests that last until `hold` is gone."""
    tests = f"touch {begun}; while test -e {hold}; do sleep 0.1; done; {small.mark('tests')}"
    small.change_policy({"staging": {"soak": SOAK}, "tests": {"command": tests}})
    small.commit("Soak")
    hold.touch()


def faulty(live: Live) -> None:
    """Something to release that answers well at first, and fails its visitors then."""
    live.small.next_changes("0.1.0", "A search.")
    right = answers(200, b"0.2.0")
    live.faults["0.2.0"] = in_turn(right, right, right, answers(500))


def trusted(own: Installation) -> None:
    """By a person, a while ago: no daemon runs when the client starts."""
    assert own.run("daemon", "start").code == 0
    own.pin()
    own.stop()


def keep_out_of_git(said: str, small: Small) -> None:
    """As `sentinel install` advises."""
    for line in said.splitlines():
        if line.startswith("  echo "):
            small.execute("sh", "-c", line)


def run(program: Program, path: Path, home: Path, project: Path, url: str) -> "subprocess.CompletedProcess[str]":
    """The client, with a home of its own and nobody to ask."""
    for name, text in program.settings(project, url).items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    environment = {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "NO_PROXY": "127.0.0.1",
        **program.environment(url),
    }
    return subprocess.run(
        [str(path), *program.words(PROMPT)],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def meanwhile(work: Callable[[], None]) -> None:
    Thread(target=work, daemon=True).start()


def kill_during_tests(own: Installation, hold: Path, begun: Path) -> None:
    """`kill -9` of the daemon while the agent's call waits for the tests, which then come to their end."""
    until(begun.exists)
    pid = int((own.home / "daemon.lock").read_text())
    os.kill(pid, signal.SIGKILL)
    until(lambda: process_start(pid) is None)
    hold.unlink()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def approved(own: Installation) -> None:
    """The human, who types the phrase at a terminal."""
    done = own.approve()
    assert done.code == 0, done.out


def check_definitions(program: Program, releases: ScriptedReleases) -> None:
    """No definition says what does not hold: in reject mode it never changes, else it follows the state."""
    early, late, *_ = [step.offered["deploy"] for step in releases.steps if step.call.arguments.get("version")]
    assert early.targets == (["staging"] if program.rereads else TARGETS)
    assert late.targets == TARGETS
    if not program.rereads:
        for step in releases.steps:
            assert step.offered == releases.steps[0].offered
    assert not [step.said for step in releases.steps if any(gone in step.said for gone in GONE)]


def check_answers(releases: ScriptedReleases) -> None:
    """The protocol's sentences reach the model."""
    assert releases.told("prepare_release", having="Release Blocked. You have No Test Run.")
    assert releases.told("run_tests", having=RESTARTED)
    assert releases.told("deploy", having="Soak Time Violation. Production unlock in 00:0")
    assert releases.told("release_status", having=PDV_FAILURE)


def check_release(own: Installation, live: Live) -> None:
    status = own.status()
    assert (status["state"], status["production"]["version"], live.version()) == ("ACTIVE", "0.1.0", "0.1.0")
    moves = [mark for mark in live.small.marked() if mark.startswith(("production", "rollback"))]
    assert moves == ["production 0.1.0", "production 0.2.0", "rollback 0.2.0"]


def record(program: Program, releases: ScriptedReleases, model: Model) -> None:
    """What was offered and told at each step, for whoever wants to read it."""
    rows: list[dict[str, Any]] = [
        {
            "call": step.call.tool,
            "arguments": dict(step.call.arguments),
            "offered": {own: {"name": tool.name, "targets": tool.targets} for own, tool in step.offered.items()},
            "definitions": sum(len(f"{tool.description}{tool.schema}") for tool in step.offered.values()),
            "told": step.told,
            "seconds": round(step.seconds, 1),
        }
        for step in releases.steps
    ]
    file = cache() / "records" / f"{program.client}-{program.version}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"steps": rows, "refused": sorted(model.refused)}, indent=1), encoding="utf-8")
    lines = [f"\n{program.client} {program.version}: {file}", *map(line, rows)]
    others = ", ".join(sorted(model.refused)) or "none"
    sys.stdout.write("\n".join((*lines, f"  hosts that it tried to reach besides, in vain: {others}", "")))


def line(row: dict[str, Any]) -> str:
    """A step, with the sentence that the model was told."""
    shown = SHOWN.search(row["told"])
    told = (line for line in row["told"].splitlines() if line and not line.startswith(WRAPPING))
    arguments = ", ".join(f"{name}={value}" for name, value in row["arguments"].items())
    return f"  {row['seconds']:5.1f} s  {row['call']}({arguments}) -> {(shown[1] if shown else next(told, ''))[:100]}"
