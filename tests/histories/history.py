"""One history, made from one number: what happens, and what must be true of it."""

import shutil
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from tests.histories.agents import Agent
from tests.histories.checks import check
from tests.histories.disturbances import Disturbances, first_terms
from tests.histories.ending import go_to_idle, release_all_the_same
from tests.histories.host import Actor, Host
from tests.histories.operators import Operator
from tests.histories.outside import PROJECT, Odds, Outside
from tests.histories.scripts import Machine
from tests.histories.simulation import PERIOD_SECONDS, chance_of, simulated

SECONDS = 100.0
"""How long a history lasts, before everything heals."""
REST_TRIES = 60
"""Periods that everything has to come to rest."""
RELEASED_BEFORE = (0, 0, 1, 2)
"""How many releases production had before a history begins: with two there is one to go back to."""
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


def run_history(seed: int, template: Path) -> Report:
    """The history of `seed` on a copy of the empty store `template`."""
    return run_through(seed, template, _run)


def run_through(seed: int, template: Path, what: Callable[[int, Host], Awaitable[None]]) -> Report:
    """The same of `what` happens in the simulated world."""
    with TemporaryDirectory(prefix="s-", dir=_memory()) as folder:
        root = Path(folder)
        shutil.copy(template, root / "sentinel.db")
        outside = Outside(chance_of(seed, "outside"), root)
        outside.commit(first_terms(chance_of(seed, "first")))
        (root / "sentinel.toml").write_bytes(outside.commits[-1].files["sentinel.toml"])
        pause = chance_of(seed, "pause").choice((0.02, 0.1, 0.3))
        host = Host(outside, Machine(outside), root / "sentinel.db", chance_of(seed, "disk"), pause)
        with simulated(_connecting(host), partial(_log, outside)) as loop:
            try:
                loop.run_until_complete(what(seed, host))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is what the history found
                outside.faults.append("".join(traceback.format_exception(error)))
    return Report(seed, tuple(outside.faults), tuple(outside.trace), frozenset(outside.events))


def _memory() -> str | None:
    """A disk in memory, where there is one: what a history stores is for nobody."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def _connecting(host: Host) -> Callable[..., object]:
    def connect(database: str, **options: Any) -> object:
        assert host.connecting is not None
        return host.connecting.connect(database, **options)

    return connect


def _log(outside: Outside, level: str, event: str, values: MutableMapping[str, Any]) -> None:
    """Sentinel's own log; an exception that nobody expected is a fault."""
    error = values.pop("exc_info", None)
    outside.say(f"log: {event} {dict(values)}")
    if error or level in ("error", "exception", "critical"):
        outside.find(f"log: {event}\n{traceback.format_exc()}")


async def begin(seed: int, host: Host) -> None:
    """The daemon's first start, and the releases that production had before."""
    await host.start()
    await host.ask(lambda parts: parts.agents.open_project(host.outside.root))
    for _ in range(chance_of(seed, "before").choice(RELEASED_BEFORE)):
        await release_all_the_same(host)
        host.outside.commit(first_terms(chance_of(seed, "second")))


async def _run(seed: int, host: Host) -> None:
    outside = host.outside
    await begin(seed, host)
    outside.odds = Odds.drawn(outside.chance)
    outside.say(f"history {seed}, pause {host.pause}, {outside.odds}")
    actors: list[Actor] = [
        Agent(host, "codex", chance_of(seed, "codex"), 4),
        Agent(host, "claude", chance_of(seed, "claude"), 8),
        Operator(host, "ada", chance_of(seed, "ada"), 5),
        Operator(host, "bob", chance_of(seed, "bob"), 15),
        # Its numbers are drawn by the word that known seeds were found with.
        Disturbances(host, "disturbances", chance_of(seed, "fate"), chance_of(seed, "gap").choice((10, 20, 60))),
    ]
    async with anyio.create_task_group() as tasks:
        for actor in actors:
            tasks.start_soon(actor.run)
        await anyio.sleep(SECONDS)
        host.over = True
    await _end(seed, host)


async def _end(seed: int, host: Host) -> None:
    """The world heals, time passes, and the end is looked at; then nothing may stand in the way of going on."""
    host.outside.heal()
    host.outside.say("everything heals")
    await _wait_for_rest(host)
    await check(host)
    await go_to_idle(host)
    if seed % RELEASED_ALL_THE_SAME == 0:
        await release_all_the_same(host)
    await check(host)
    await host.end(gently=True)
    host.outside.say(f"the end of {PROJECT} {seed}")


async def _wait_for_rest(host: Host) -> None:
    """Nothing runs, and no question is open any more; what does not come to rest is found by the checks."""
    for _ in range(REST_TRIES):
        await anyio.sleep(PERIOD_SECONDS)
        project, _now = await host.ask(lambda parts: parts.agents.project(PROJECT))
        if (project.operation, project.approval, project.rollback_approval) == (None, None, None):
            return
