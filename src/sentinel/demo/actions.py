"""What happens in scenes, each thing shown as it happens: calls, pushes, a person's commands, notices, commits."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import anyio
from anyio import to_thread

from sentinel.core.values.times import countdown
from sentinel.demo.agent import Agent, Answer, call_text
from sentinel.demo.inbox import Inbox
from sentinel.demo.installation import Stage
from sentinel.demo.person import Seen, at_terminal
from sentinel.demo.progress import Moving
from sentinel.demo.screen import Screen
from sentinel.errors.setup import DemoFailedError

WAIT_SECONDS = 90.0
"""How long the demo waits for what takes seconds: a slow machine is no failure."""
TICK_SECONDS = 0.25
POLL = {"wait_seconds": 45}


@dataclass(frozen=True, slots=True)
class Play:
    """Everything on stage."""

    stage: Stage
    agent: Agent
    inbox: Inbox
    screen: Screen

    async def ask(self, tool: str, **arguments: object) -> Answer:
        """A call of the agent's, and the first line of the answer."""
        self.screen.says("agent", call_text(tool, arguments))
        answer = await self.agent.call(tool, arguments)
        self.screen.says("sentinel", answer.sentence, colour="" if answer.ok else "refused")
        return answer

    async def succeed(self, tool: str, **arguments: object) -> Answer:
        """The same, for a call that must not be refused."""
        answer = await self.ask(tool, **arguments)
        if not answer.ok:
            raise self.failed(f"{tool} to succeed", answer.sentence)
        return answer

    async def follow(self, *, since: str, until: tuple[str, ...]) -> tuple[Answer, Moving]:
        """The agent's long polls, from state `since` to one of `until` with nothing running; what moves is shown."""
        self.screen.says("agent", call_text("release_status", POLL))
        moving = Moving(self.screen, since)
        with anyio.move_on_after(WAIT_SECONDS):
            while True:
                answer = await self.agent.call("release_status", POLL, moving)
                moving.enter(answer.state)
                if answer.state in until and answer.status["operation"] is None:
                    return answer, moving
        raise self.failed(f"one of the states {', '.join(until)} within {WAIT_SECONDS:.0f} s", moving.last)

    async def tools(self, listed: str, *, soak_seconds: float | None = None) -> None:
        """Waits, without a call, until list_changed has made the agent read the list that is `listed`.

        With `soak_seconds`, the screen counts down by itself meanwhile.
        """
        began = time.monotonic()
        with anyio.move_on_after(WAIT_SECONDS) as scope:
            async with anyio.create_task_group() as tasks:
                if soak_seconds is not None:
                    tasks.start_soon(self._count_down, began + soak_seconds)
                await self.agent.until_listed(listed)
                tasks.cancel_scope.cancel()
        if scope.cancelled_caught:
            raise self.failed(f"the tools {listed}", self.agent.listed)
        if soak_seconds is not None:
            self.screen.says("pushed", f"list_changed, after {time.monotonic() - began:.0f} s without a call")
        self.screen.says("tools", listed)

    async def person(self, *words: str, prompt: str, typed: str) -> Seen:
        """A command of a person's, at a terminal of their own."""
        self.screen.says("human", f"sentinel {' '.join(words)}")
        seen = await to_thread.run_sync(lambda: at_terminal(self.stage, *words, prompt=prompt, typed=typed))
        if seen.code != 0:
            raise self.failed(f"`sentinel {words[0]}` to succeed", " ".join((*seen.shown[-2:], *seen.answer)))
        return seen

    async def notified(self, title: str) -> None:
        """A notice that has to reach people."""
        if not await self.inbox.arrival(title):
            raise self.failed(f'the notice "{title}"', self.inbox.titles)
        self.screen.says("notified", title)

    async def runs(self, target: str, version: str) -> None:
        """What visitors get there: that version, and pages without an error."""
        found, status = await to_thread.run_sync(lambda: self.stage.shop.visits(target))
        self.expect(f"what {target} runs", found.partition(" ")[0], version)
        self.expect(f"the answers of {target}", status, [HTTPStatus.OK] * len(status))
        self.screen.says("shop", f"{target} answers {found[:20]}…")

    def commit(self, change: Callable[[], str]) -> None:
        """What the agent does in the repository, by the subject of its commit."""
        self.screen.says("agent", f"git commit: {change()}")

    def expect(self, what: str, found: object, wanted: object) -> None:
        """Raises DemoFailedError unless they are equal."""
        if found != wanted:
            raise self.failed(f"{what} to be {wanted!r}", repr(found))

    def expect_like(self, what: str, found: str, pattern: str) -> None:
        """Raises DemoFailedError unless `pattern` matches the whole of it."""
        if not re.fullmatch(pattern, found):
            raise self.failed(f"{what} to be like {pattern!r}", repr(found))

    def expect_in(self, whole: str | tuple[str, ...], part: str) -> None:
        """Raises DemoFailedError unless `whole`, a text or lines of it, contains `part`."""
        if part not in whole:
            raise self.failed(repr(part), repr(whole))

    def failed(self, expected: str, found: object) -> DemoFailedError:
        return DemoFailedError(scene=self.screen.scene, expected=expected, found=found)

    async def _count_down(self, end: float) -> None:
        while True:
            left = timedelta(seconds=max(0.0, end - time.monotonic()))
            self.screen.live(f"production unlocks in {countdown(left)}; nobody calls")
            await anyio.sleep(TICK_SECONDS)
