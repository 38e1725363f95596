"""Real commands under real supervisors for tests, and conditions to wait for."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import anyio

from sentinel.adapters.processes import process_start
from sentinel.core.release.script import ScriptInput, ScriptOrder

DEADLINE = 20.0


def shell(script: str, cwd: Path, *, timeout: float = DEADLINE, cap: int = 1 << 20, grace: float = 0.3) -> ScriptOrder:
    """An order for /bin/sh."""
    return ScriptOrder(("/bin/sh", "-c", script), str(cwd), timeout, output_cap=cap, grace_seconds=grace)


async def told(**variables: str) -> ScriptInput:
    """A minimal environment with `variables`."""
    return ScriptInput({"PATH": os.environ["PATH"], "SECRET": "s3cret", **variables}, tuple(variables.values()))


async def until(condition: Callable[[], object]) -> None:
    """Returns once `condition` holds; fails after the deadline."""
    with anyio.fail_after(DEADLINE):
        while not condition():
            await anyio.sleep(0.01)


def number_in(file: Path) -> int | None:
    """The process id that a script wrote into `file`, once it is complete."""
    text = file.read_text() if file.exists() else ""
    return int(text) if text.endswith("\n") else None


async def process_in(file: Path) -> int:
    """Waits for the process id in `file`."""
    await until(lambda: number_in(file))
    number = number_in(file)
    assert number is not None
    return number


def alive(pid: int) -> bool:
    """Whether a process runs and is not only waiting to be collected."""
    return process_start(pid) is not None


def supervisor_of(directory: Path) -> int:
    """The process id of the supervisor that took the order of `directory`."""
    return int(json.loads((directory / "identity.json").read_text())["pid"])
