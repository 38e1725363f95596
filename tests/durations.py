"""Where the time of the tests goes: processor seconds by folder, and the slowest tests.

`make durations` runs the tests of `make test` one after the other (`PATHS=tests/core` only those) and prints the page.
Processor time says the same on a busy machine as on an idle one. That of daemons, commands and git counts too:
this program adopts what they leave behind, so that every process that a test starts is found below it.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_RECORD = "SENTINEL_TEST_DURATIONS"
_ROOT = "SENTINEL_TEST_DURATIONS_ROOT"
_PR_SET_CHILD_SUBREAPER = 36
_SLOWEST = 40
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Duration:
    """What a test took with its set-up: seconds of processors, and seconds that passed."""

    test: str
    processor: float
    passed: float

    @property
    def folder(self) -> str:
        """The two upper folders below tests/."""
        return "/".join(self.test.partition("::")[0].split("/")[1:-1][:2]) or "."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Appends what the test took to the record."""
    before, began = _spent(int(os.environ[_ROOT])), time.monotonic()
    try:
        return (yield)
    finally:
        spent, passed = _spent(int(os.environ[_ROOT])) - before, time.monotonic() - began
        with Path(os.environ[_RECORD]).open("a") as record:
            record.write(f"{json.dumps([item.nodeid, round(spent, 3), round(passed, 3)])}\n")


def _spent(root: int) -> float:
    """Processor seconds of `root` and all processes below it, those that have ended too."""
    parents, ticks = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue  # it has ended; its parent has its time
            parents[int(entry.name)] = int(words[1])
            ticks[int(entry.name)] = sum(map(int, words[11:15]))
    below, known = {root}, 0
    while len(below) > known:
        known = len(below)
        below |= {pid for pid, parent in parents.items() if parent in below}
    return sum(ticks.get(pid, 0) for pid in below) / _TICKS


def page(durations: Iterable[Duration]) -> str:
    """What is printed."""
    durations = list(durations)
    folders: dict[str, list[Duration]] = defaultdict(list)
    for duration in durations:
        folders[duration.folder].append(duration)
    folders["all"] = durations
    rows = sorted(folders.items(), key=lambda row: -sum(one.processor for one in row[1]))
    lines = ["| tests in | number | processor s | passed s |", "|---|---:|---:|---:|"]
    for folder, own in rows:
        processor, passed = sum(one.processor for one in own), sum(one.passed for one in own)
        lines.append(f"| {folder} | {len(own)} | {processor:.1f} | {passed:.1f} |")
    lines += ["", "| slowest tests | processor s | passed s |", "|---|---:|---:|"]
    for one in sorted(durations, key=lambda one: -one.processor)[:_SLOWEST]:
        lines.append(f"| {one.test.removeprefix('tests/')} | {one.processor:.2f} | {one.passed:.2f} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Runs pytest with `arguments`; what its processes leave behind becomes a child of this one, and is reaped."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        record = Path(os.environ.get(_RECORD) or f"{folder}/record")
        environment = {**os.environ, _RECORD: str(record), _ROOT: str(os.getpid())}
        command = [sys.executable, "-m", "pytest", "-p", "tests.durations", "-p", "no:xdist", *arguments]
        tests = subprocess.Popen(command, env=environment, stdout=sys.stderr)
        status = None
        while status is None:
            pid, ended = os.wait()
            status = os.waitstatus_to_exitcode(ended) if pid == tests.pid else None
        print(page(Duration(*json.loads(line)) for line in record.read_text().splitlines()))  # noqa: T201 - its purpose
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
