"""What `sentinel plan` says is what `prepare_release` then does, over random projects."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from sentinel.core.candidate.preview import Preview
from sentinel.core.release.model import Project
from sentinel.core.tools.catalog import PrepareRelease, Request, RunTests
from sentinel.core.tools.catalog import StartSprint as AgentStartsSprint
from sentinel.engine.people.releases import PlanRelease
from sentinel.engine.people.sprint import EndHotfix, StartHotfix
from sentinel.engine.people.trust import PreviewTrust, Trust
from sentinel.errors import SentinelError
from tests.extent import in_full
from tests.histories.disturbances import drawn_terms
from tests.histories.ending import project_of, rest
from tests.histories.history import begin, run_through
from tests.histories.host import Host
from tests.histories.outside import OPEN_SPRINT, PROJECT, SPRINT
from tests.histories.simulation import chance_of

BY = "person:ada"
PROJECTS = 60 if in_full() else 8
TRIES = 6
Type = Literal["patch", "minor", "major"]
TYPES: tuple[Type, ...] = ("patch", "minor", "major")


@pytest.mark.parametrize("seed", range(1, PROJECTS + 1))
def test_a_plan_says_what_prepare_release_then_does(seed: int, template: Path) -> None:
    assert run_through(seed, template, _plan_and_prepare).faults == ()


async def _plan_and_prepare(seed: int, host: Host) -> None:
    """Until a plan was of a release, and so there is a candidate."""
    chance = chance_of(seed, "plan")
    await begin(seed, host)
    await _request(host, AgentStartsSprint(name="Autumn"))
    for _ in range(TRIES):
        await _change_something(host, chance)
        asked = chance.choice(TYPES)
        planned = await host.ask_as(BY, PlanRelease(type=asked))
        await _request(host, PrepareRelease(type=asked))
        project = await project_of(host)
        _check(host, planned, project)
        if project.release is not None:
            return


async def _change_something(host: Host, chance: random.Random) -> None:
    """What gates look at: commits, the working tree, trust, an open hotfix, a run of the tests."""
    if chance.random() < 0.6:
        sprint = chance.choice((SPRINT, SPRINT, SPRINT, OPEN_SPRINT))
        host.outside.commit(replace(drawn_terms(chance), sprint=sprint))
    host.outside.dirty = chance.choice(((), (), (), ("notes.txt",)))
    if chance.random() < 0.85:
        await _trust(host)
    if chance.random() < 0.5:
        await _try(host, chance.choice((StartHotfix(reason="Customers cannot pay."), EndHotfix())))
    if chance.random() < 0.85:
        await _request(host, RunTests())


async def _trust(host: Host) -> None:
    shown = await host.ask_as(BY, PreviewTrust())
    if not shown.already_trusted:
        await host.ask_as(BY, Trust(digest=shown.digest))


def _check(host: Host, planned: Preview, project: Project) -> None:
    """The sentence with what every gate says, or the version with what it changes."""
    outcome, release = project.outcomes[-1], project.release
    found: tuple[object, ...] = (outcome.message, *outcome.blocked_by)
    if release is not None:
        found = (release.tag, release.changes, release.notes)
    told: tuple[object, ...] = (planned.tag, planned.changes, planned.notes)
    if planned.blocked is not None:
        told = (planned.blocked, *planned.blocked_by)
    host.outside.events.add("blocked" if planned.blocked is not None else "planned")
    if found != told:
        host.outside.find(f"the plan said {told}, prepare_release {found}")


async def _try(host: Host, request: StartHotfix | EndHotfix) -> None:
    try:
        await host.ask_as(BY, request)
    except SentinelError as error:
        host.outside.say(error.what)


async def _request(host: Host, request: Request) -> None:
    await host.ask(lambda parts: parts.agents.request(PROJECT, request, actor="agent:codex"))
    await rest(host)
