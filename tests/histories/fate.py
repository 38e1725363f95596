"""What befalls everybody: deaths of the daemon, clocks that jump, disks that fail, and hands that meddle."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from tests.histories.outside import OPEN_SPRINT, SPRINT, Odds
from tests.histories.stage import Actor

_CHANNELS = ('"terminal"', '"terminal", "elicitation"', '"elicitation"')


class Fate(Actor):
    """Does one of these at a time."""

    async def act(self) -> None:
        deeds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (4, self._kill),
            (3, self._kill_at_a_commit),
            (2, self._stop),
            (1, self._boot),
            (3, self._set_the_clock),
            (3, self._break_the_disk),
            (3, self._turn),
            (4, self._commit),
            (1, self._rewrite),
            (1, self._move_a_tag),
            (1, self._tamper),
            (1, self._dirty),
        )
        await self.chance.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()

    async def _again(self) -> None:
        await asyncio.sleep(self.chance.random() * 5)
        await self.stage.start()

    async def _kill(self) -> None:
        await self.stage.end(gently=False)
        await self._again()

    async def _kill_at_a_commit(self) -> None:
        """At the next one, which may never come."""
        daemon = self.stage.daemon
        assert daemon is not None
        daemon.life.planned = self.chance.choice(("before", "after"))
        self.say(f"the daemon dies {daemon.life.planned} its next commit")
        try:
            await asyncio.wait_for(daemon.life.died.wait(), 30)
        except TimeoutError:
            self.say("nothing was committed")
        await self._kill()

    async def _stop(self) -> None:
        await self.stage.end(gently=True)
        await self._again()

    async def _boot(self) -> None:
        await self.stage.end(gently=False)
        self.say("the machine goes down")
        self.stage.machine.boot()
        self.stage.outside.clock.boot()
        await self._again()

    async def _set_the_clock(self) -> None:
        seconds = self.chance.choice((-3600, -30, -3, 3, 30, 3600))
        self.say(f"the wall clock is set by {seconds} s")
        self.stage.outside.clock.set_wall(timedelta(seconds=seconds))

    async def _break_the_disk(self) -> None:
        """For a while, some commits fail."""
        self.say("the disk fails now and then")
        await self._fail_commits(self.chance.choice((0.05, 0.3)))
        await asyncio.sleep(self.chance.random() * 10)
        await self._fail_commits(0.0)
        self.say("the disk works again")

    async def _fail_commits(self, odds: float) -> None:
        self.stage.fault = odds
        if self.stage.daemon is not None:
            self.stage.daemon.life.fault = odds

    async def _turn(self) -> None:
        """Other things go wrong than before."""
        self.stage.outside.odds = Odds.drawn(self.chance)
        self.say(f"from now on: {self.stage.outside.odds}")

    async def _commit(self) -> None:
        soak, channels = self.chance.choice((2, 4, 12)), self.chance.choice(_CHANNELS)
        sprint = self.chance.choice((SPRINT, SPRINT, OPEN_SPRINT))
        if self.chance.random() < 0.5:
            soak, channels = 4, _CHANNELS[0]
        self.stage.outside.commit(soak=soak, channels=channels, sprint=sprint)
        self.say(f"somebody commits: soak {soak} s, {channels}")

    async def _rewrite(self) -> None:
        if len(self.stage.outside.commits) > 1:
            del self.stage.outside.commits[-1]
            self.stage.outside.commit()
            self.say("somebody rewrites the branch")

    async def _move_a_tag(self) -> None:
        outside = self.stage.outside
        if outside.tags:
            tag = self.chance.choice(sorted(outside.tags))
            outside.meddled.append(partial(outside.tags.__setitem__, tag, outside.tags[tag]))
            outside.tags[tag] = (outside.tags[tag][0], f"object-{outside.new_id()}")
            outside.see("tag moved", tag)

    async def _tamper(self) -> None:
        outside = self.stage.outside
        if outside.kept:
            release = self.chance.choice(sorted(outside.kept))
            outside.meddled.append(partial(outside.kept.__setitem__, release, dict(outside.kept[release])))
            outside.kept[release]["out/app"] = "0" * 64
            outside.see("artifact tampered with", release)

    async def _dirty(self) -> None:
        self.stage.outside.dirty = self.chance.choice(((), ("notes.txt",)))
