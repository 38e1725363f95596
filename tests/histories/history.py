"""One history, made from one number: what happens, and what must be true of it."""

import shutil
import traceback
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from tests.histories.agents import Agent
from tests.histories.checks import check
from tests.histories.ending import go_home, release_all_the_same
from tests.histories.fate import Fate
from tests.histories.operators import Operator
from tests.histories.outside import POLICY, PROJECT, Odds, Outside
from tests.histories.scripts import Machine
from tests.histories.simulation import PERIOD_SECONDS, chance_of, simulated
from tests.histories.stage import Actor, Stage

SECONDS = 100.0
"""How long a history lasts, before everything heals."""
REST_TRIES = 60
"""Periods that everything has to come to rest."""
RELEASED_ALL_THE_SAME = 4
"""One of so many histories ends with a whole release, in which nothing goes wrong."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a history; `faults` is empty where all was as it must be.

    `events` are those of the table that came about in it.
    """

    seed: int
    faults: tuple[str, ...]
    trace: tuple[str, ...]
    events: frozenset[str]


def live(seed: int, template: Path) -> Report:
    """The history of `seed` on a copy of the empty store `template`."""
    with TemporaryDirectory(prefix="s-", dir=_memory()) as folder:
        root = Path(folder)
        shutil.copy(template, root / "sentinel.db")
        (root / "sentinel.toml").write_text(POLICY.format(soak=4, channels='"terminal"'))
        outside = Outside(chance_of(seed, "outside"), root)
        pause = chance_of(seed, "pause").choice((0.02, 0.1, 0.3))
        stage = Stage(outside, Machine(outside), root / "sentinel.db", chance_of(seed, "disk"), pause)
        with simulated(_connecting(stage), partial(_log, outside)) as loop:
            try:
                loop.run_until_complete(_live(seed, stage))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is what the history found
                outside.faults.append("".join(traceback.format_exception(error)))
    return Report(seed, tuple(outside.faults), tuple(outside.trace), frozenset(outside.events))


def _memory() -> str | None:
    """A disk in memory, where there is one: what a history stores is for nobody."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def _connecting(stage: Stage) -> Callable[..., object]:
    def connect(database: str, **options: Any) -> object:
        assert stage.connecting is not None
        return stage.connecting.connect(database, **options)

    return connect


def _log(outside: Outside, level: str, event: str, values: MutableMapping[str, Any]) -> None:
    """Sentinel's own log; an exception that nobody expected is a fault."""
    error = values.pop("exc_info", None)
    outside.say(f"log: {event} {dict(values)}")
    if error or level in ("error", "exception", "critical"):
        outside.find(f"log: {event}\n{traceback.format_exc()}")


async def _live(seed: int, stage: Stage) -> None:
    outside = stage.outside
    outside.commit()
    await stage.start()
    await stage.ask(lambda parts: parts.agents.open_project(outside.root))
    outside.odds = Odds.drawn(outside.chance)
    outside.say(f"history {seed}, pause {stage.pause}, {outside.odds}")
    actors: list[Actor] = [
        Agent(stage, "codex", chance_of(seed, "codex"), 4),
        Agent(stage, "claude", chance_of(seed, "claude"), 8),
        Operator(stage, "ada", chance_of(seed, "ada"), 5),
        Operator(stage, "bob", chance_of(seed, "bob"), 15),
        Fate(stage, "fate", chance_of(seed, "fate"), chance_of(seed, "gap").choice((10, 20, 60))),
    ]
    async with anyio.create_task_group() as tasks:
        for actor in actors:
            tasks.start_soon(actor.live)
        await anyio.sleep(SECONDS)
        stage.over = True
    await _end(seed, stage)


async def _end(seed: int, stage: Stage) -> None:
    """The world heals, time passes, and the end is looked at; then nothing may stand in the way of going on."""
    stage.outside.heal()
    stage.outside.say("everything heals")
    await _wait_for_rest(stage)
    await check(stage)
    await go_home(stage)
    if seed % RELEASED_ALL_THE_SAME == 0:
        await release_all_the_same(stage)
    await check(stage)
    await stage.end(gently=True)
    stage.outside.say(f"the end of {PROJECT} {seed}")


async def _wait_for_rest(stage: Stage) -> None:
    """Nothing runs, and no question is open any more; what does not come to rest is found by the checks."""
    for _ in range(REST_TRIES):
        await anyio.sleep(PERIOD_SECONDS)
        project, _now = await stage.ask(lambda parts: parts.agents.project(PROJECT))
        if (project.operation, project.approval, project.rollback_approval) == (None, None, None):
            return
