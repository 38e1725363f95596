"""The whole demo: builds the stage, plays every scene, and leaves nothing behind however it ends."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import anyio

from sentinel.demo.actions import Play
from sentinel.demo.agent import connected
from sentinel.demo.first_release import FIRST_RELEASE
from sentinel.demo.inbox import Inbox, open_inbox
from sentinel.demo.installation import Stage
from sentinel.demo.screen import Screen, stdout_screen
from sentinel.demo.second_release import SECOND_RELEASE
from sentinel.errors import SentinelError
from sentinel.errors.grouped import unwrapped
from sentinel.errors.setup import DemoFailedError, DemoLeftoverError, DemoProgramMissingError

PROGRAMS = ("git", "ssh-keygen")
SCENES = (*FIRST_RELEASE, *SECOND_RELEASE)
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def show(*, keep: bool) -> None:
    """Returns when all of it happened; `keep` leaves the folder where it is.

    Raises DemoProgramMissingError, DemoFailedError, DemoLeftoverError, or KeyboardInterrupt where a signal ended it.
    """
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise DemoProgramMissingError(program=program)
    screen = stdout_screen()
    began = time.monotonic()
    screen.text("Two releases of a sample web service, by an agent over MCP, on processes and ports of their own.")
    with open_inbox() as inbox, _stage(screen, keep=keep) as stage:
        _play_all(stage, inbox, screen)
    screen.text("")
    screen.text(
        f"Shown in {time.monotonic() - began:.0f} s: a release that was blocked, repaired, staged, soaked, approved, "
        "deployed, verified and closed; and one with a fault, rolled back by itself. Nothing is left running."
    )


@contextmanager
def _stage(screen: Screen, *, keep: bool) -> Iterator[Stage]:
    """The stage, which has ended with the block. Raises DemoLeftoverError where it did not end by itself."""
    stage = Stage.build()
    left = ""
    try:
        yield stage
    finally:
        with _undisturbed():
            left = stage.close()
            if not keep and not stage.remove():
                left = f"{left} {stage.folder}".strip()
        with suppress(OSError):  # whoever reads stdout may be gone
            screen.end_live()
            if keep:
                screen.text(f"The demo's folder is kept: {stage.folder}")
    if left:
        raise DemoLeftoverError(left=left)


def _play_all(stage: Stage, inbox: Inbox, screen: Screen) -> None:
    """Whatever goes wrong is one sentence that names the scene."""
    try:
        with unwrapped():
            interrupted = anyio.run(_until_signal, stage, inbox, screen)
    except SentinelError:
        raise
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise DemoFailedError(scene=screen.scene, expected="it to be played", found=found) from error
    if interrupted:
        raise KeyboardInterrupt


async def _until_signal(stage: Stage, inbox: Inbox, screen: Screen) -> bool:
    """Whether a signal came before the end; what fails after it fails because of it."""
    ends = [number for number in ENDS if signal.getsignal(number) is not signal.SIG_IGN]
    came = False
    with anyio.open_signal_receiver(*ends) as signals:
        try:
            async with anyio.create_task_group() as tasks:

                async def watch() -> None:
                    nonlocal came
                    async for _ in signals:
                        came = True
                        tasks.cancel_scope.cancel()

                tasks.start_soon(watch)
                await _play(stage, inbox, screen)
                tasks.cancel_scope.cancel()
        except Exception:
            if not came:
                raise
    return came


async def _play(stage: Stage, inbox: Inbox, screen: Screen) -> None:
    stage.furnish(inbox.server_port)
    async with connected(stage) as agent:
        play = Play(stage, agent, inbox, screen)
        for number, scene in enumerate(SCENES, start=1):
            screen.title(number, scene.title)
            await scene.act(play)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not end the cleaning up, which takes seconds at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
