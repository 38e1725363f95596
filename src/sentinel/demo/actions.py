"""What a scene consists of: the agent's calls and commits, pushed lists, a person's commands, and notices."""

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
from sentinel.demo.installation import Installation, Shop
from sentinel.demo.person import Inbox, Seen, at_terminal
from sentinel.demo.screen import Screen
from sentinel.errors.setup import DemoFailedError

_VERIFICATION = re.compile(r"VERIFYING: .*\((?:(\d+):)?(\d+):(\d\d) left, (\d+ of \d+ probes failed \([^)]*\))")
_STATE = re.compile(r"\b([A-Z_]+): ")


class Progress:
    """Shows progress notifications: a line for every new state, a live line for what changes within it.

    `last` is the last sentence, `watched` the last numbers of a verification.
    """

    def __init__(self, screen: Screen, state: str) -> None:
        self.watched = "no progress"
        self.last = "no progress"
        self._screen = screen
        self._state = state
        self._window = timedelta(0)

    def __call__(self, sentence: str) -> None:
        self.last = sentence
        if (state := _STATE.search(sentence)) is not None:
            self.enter(state[1])
        found = _VERIFICATION.match(sentence)
        if found is None:
            return
        hours, minutes, seconds = (int(number or 0) for number in found.groups()[:3])
        left = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        self.watched = found[4]
        self._window = max(self._window, left)
        done = 1 - left / self._window if self._window else 1.0
        self._screen.live(f"{seconds + 60 * minutes:2} s left, {found[4]}", done)

    def enter(self, state: str) -> None:
        if state != self._state:
            self._screen.end_live()
            self._screen.says("state", f"{self._state} → {state}")
            self._state = state


WAIT_SECONDS = 90.0
"""How long the demo waits for something that takes seconds: on a slow machine it takes longer."""
TICK_SECONDS = 0.25
POLL = {"wait_seconds": 45}


@dataclass(frozen=True, slots=True)
class Demo:
    """The parts of the demo, and what happens between them; the screen shows each thing as it happens."""

    installation: Installation
    agent: Agent
    inbox: Inbox
    screen: Screen

    @property
    def shop(self) -> Shop:
        return self.installation.shop

    async def ask(self, tool: str, **arguments: object) -> Answer:
        """The agent calls a tool; shows the first line of the answer."""
        self.screen.says("agent", call_text(tool, arguments))
        answer = await self.agent.call(tool, arguments)
        self.screen.says("sentinel", answer.sentence, colour="" if answer.ok else "refused")
        return answer

    async def succeed(self, tool: str, **arguments: object) -> Answer:
        """The same for a call that must succeed."""
        answer = await self.ask(tool, **arguments)
        if not answer.ok:
            raise self.failed(f"{tool} to succeed", answer.sentence)
        return answer

    async def follow(self, *, since: str, until: tuple[str, ...]) -> tuple[Answer, Progress]:
        """The agent follows with long polls, from state `since` until nothing runs in one of `until`."""
        self.screen.says("agent", call_text("release_status", POLL))
        progress = Progress(self.screen, since)
        with anyio.move_on_after(WAIT_SECONDS):
            while True:
                answer = await self.agent.call("release_status", POLL, progress)
                progress.enter(answer.state)
                if answer.state in until and answer.status["operation"] is None:
                    return answer, progress
        raise self.failed(f"one of the states {', '.join(until)} within {WAIT_SECONDS:.0f} s", progress.last)

    async def tools(self, listed: str, *, soak_seconds: float | None = None) -> None:
        """Waits without a call, until list_changed has made the agent read the list `listed`.

        With `soak_seconds`, the screen counts down meanwhile.
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
        """A person runs a command at a terminal of their own."""
        self.screen.says("human", f"sentinel {' '.join(words)}")
        seen = await to_thread.run_sync(lambda: at_terminal(self.installation, *words, prompt=prompt, typed=typed))
        if seen.code != 0:
            raise self.failed(f"`sentinel {words[0]}` to succeed", " ".join((*seen.shown[-2:], *seen.answer)))
        return seen

    async def notified(self, title: str) -> None:
        """A notice that must reach people."""
        if not await self.inbox.arrival(title):
            raise self.failed(f'the notice "{title}"', self.inbox.titles)
        self.screen.says("notified", title)

    async def runs(self, target: str, version: str) -> None:
        """Visitors get that version there, and pages without an error."""
        found, status = await to_thread.run_sync(lambda: self.shop.visits(target))
        self.expect(f"what {target} runs", found.partition(" ")[0], version)
        self.expect(f"the answers of {target}", status, [HTTPStatus.OK] * len(status))
        self.screen.says("shop", f"{target} answers {found[:20]}…")

    def commit(self, change: Callable[[], str]) -> None:
        """The agent commits to the repository; `change` returns the subject."""
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
