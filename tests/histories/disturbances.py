"""What disturbs a history: kills of the daemon, clocks that jump, disks that fail, and people who change things."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from tests.histories.host import Actor
from tests.histories.openings import OPENINGS
from tests.histories.outside import OPEN_SPRINT, SPRINT, Odds, Terms

_CHANNELS = ('"terminal"', '"terminal", "elicitation"', '"elicitation"')
_CATEGORIES = ("Fixed", "Added")


def first_terms(chance: random.Random) -> Terms:
    """Of the first commit: every other history begins with what is usual."""
    return Terms() if chance.random() < 0.5 else drawn_terms(chance)


def drawn_terms(chance: random.Random) -> Terms:
    """Of a policy that people change now and then."""
    terms = Terms()
    if chance.random() < 0.5:
        soak, channels, hotfix = chance.choice((2, 4, 12)), chance.choice(_CHANNELS), chance.choice((None, 1, 3))
        terms = replace(terms, soak=soak, channels=channels, hotfix_soak=hotfix)
    if chance.random() < 0.7:
        terms = replace(terms, opening=chance.choice(OPENINGS), category=chance.choice(_CATEGORIES))
    return terms


class Disturbances(Actor):
    """Does one of these at a time."""

    async def act(self) -> None:
        kinds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (4, self._kill),
            (3, self._kill_at_a_commit),
            (2, self._stop),
            (1, self._boot),
            (3, self._set_the_clock),
            (3, self._break_the_disk),
            (3, self._change_the_odds),
            (4, self._commit),
            (1, self._rewrite),
            (1, self._move_a_tag),
            (1, self._tamper),
            (1, self._dirty),
        )
        await self.chance.choices([disturb for _, disturb in kinds], [weight for weight, _ in kinds])[0]()

    async def _start_again(self) -> None:
        await asyncio.sleep(self.chance.random() * 5)
        await self.host.start()

    async def _kill(self) -> None:
        await self.host.end(gently=False)
        await self._start_again()

    async def _kill_at_a_commit(self) -> None:
        """At the next one, which may never come."""
        daemon = self.host.daemon
        assert daemon is not None
        daemon.process.planned = self.chance.choice(("before", "after"))
        self.say(f"the daemon is killed {daemon.process.planned} its next commit")
        try:
            await asyncio.wait_for(daemon.process.killed.wait(), 30)
        except TimeoutError:
            self.say("nothing was committed")
        await self._kill()

    async def _stop(self) -> None:
        await self.host.end(gently=True)
        await self._start_again()

    async def _boot(self) -> None:
        await self.host.end(gently=False)
        self.say("the machine goes down")
        self.host.machine.boot()
        self.host.outside.clock.boot()
        await self._start_again()

    async def _set_the_clock(self) -> None:
        seconds = self.chance.choice((-3600, -30, -3, 3, 30, 3600))
        self.say(f"the wall clock is set by {seconds} s")
        self.host.outside.clock.set_wall(timedelta(seconds=seconds))

    async def _break_the_disk(self) -> None:
        """For a while, some commits fail."""
        self.say("the disk fails now and then")
        await self._fail_commits(self.chance.choice((0.05, 0.3)))
        await asyncio.sleep(self.chance.random() * 10)
        await self._fail_commits(0.0)
        self.say("the disk works again")

    async def _fail_commits(self, odds: float) -> None:
        self.host.fault = odds
        if self.host.daemon is not None:
            self.host.daemon.process.fault = odds

    async def _change_the_odds(self) -> None:
        """Other things go wrong than before."""
        self.host.outside.odds = Odds.drawn(self.chance)
        self.say(f"from now on: {self.host.outside.odds}")

    async def _commit(self) -> None:
        terms = replace(drawn_terms(self.chance), sprint=self.chance.choice((SPRINT, SPRINT, OPEN_SPRINT)))
        self.host.outside.commit(terms)
        self.say(f"somebody commits: {terms}")

    async def _rewrite(self) -> None:
        if len(self.host.outside.commits) > 1:
            del self.host.outside.commits[-1]
            self.host.outside.commit()
            self.say("somebody rewrites the branch")

    async def _move_a_tag(self) -> None:
        outside = self.host.outside
        if outside.tags:
            tag = self.chance.choice(sorted(outside.tags))
            outside.meddled.append(partial(outside.tags.__setitem__, tag, outside.tags[tag]))
            outside.tags[tag] = (outside.tags[tag][0], f"object-{outside.new_id()}")
            outside.see("tag moved", tag)

    async def _tamper(self) -> None:
        outside = self.host.outside
        if outside.kept:
            release = self.chance.choice(sorted(outside.kept))
            outside.meddled.append(partial(outside.kept.__setitem__, release, dict(outside.kept[release])))
            outside.kept[release]["out/app"] = "0" * 64
            outside.see("artifact tampered with", release)

    async def _dirty(self) -> None:
        self.host.outside.dirty = self.chance.choice(((), ("notes.txt",)))
