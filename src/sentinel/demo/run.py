"""The whole demo: sets up an installation, shows every scene, and removes everything, however it ends."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import anyio

from sentinel.demo.actions import Demo
from sentinel.demo.agent import connected
from sentinel.demo.installation import Installation
from sentinel.demo.person import Inbox, open_inbox
from sentinel.demo.scenes import SCENES
from sentinel.demo.screen import Screen, stdout_screen
from sentinel.errors import SentinelError
from sentinel.errors.grouped import unwrapped
from sentinel.errors.setup import DemoFailedError, DemoLeftoverError, DemoProgramMissingError

PROGRAMS = ("git", "ssh-keygen")
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def show(*, keep: bool) -> None:
    """Returns when all scenes succeeded; `keep` keeps the folder.

    Raises DemoProgramMissingError, DemoFailedError, DemoLeftoverError, or KeyboardInterrupt after a signal.
    """
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise DemoProgramMissingError(program=program)
    screen = stdout_screen()
    began = time.monotonic()
    screen.text("Two releases of a sample web service, by an agent over MCP, on processes and ports of their own.")
    with open_inbox() as inbox, _installed(screen, keep=keep) as installation:
        _show_all(installation, inbox, screen)
    screen.text("")
    screen.text(
        f"Shown in {time.monotonic() - began:.0f} s: a release that was blocked, repaired, staged, soaked, approved, "
        "deployed, verified and closed; and one with a fault, rolled back by itself. Nothing is left running."
    )


@contextmanager
def _installed(screen: Screen, *, keep: bool) -> Iterator[Installation]:
    """The installation, which ends with the block. Raises DemoLeftoverError if something did not end by itself."""
    installation = Installation.build()
    left = ""
    try:
        yield installation
    finally:
        with _undisturbed():
            left = installation.close()
            if not keep and not installation.remove():
                left = f"{left} {installation.folder}".strip()
        with suppress(OSError):  # the reader of stdout may have ended
            screen.end_live()
            if keep:
                screen.text(f"The demo's folder is kept: {installation.folder}")
    if left:
        raise DemoLeftoverError(left=left)


def _show_all(installation: Installation, inbox: Inbox, screen: Screen) -> None:
    """Every failure becomes one sentence that names the scene."""
    try:
        with unwrapped():
            interrupted = anyio.run(_until_signal, installation, inbox, screen)
    except SentinelError:
        raise
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise DemoFailedError(scene=screen.scene, expected="it to run", found=found) from error
    if interrupted:
        raise KeyboardInterrupt


async def _until_signal(installation: Installation, inbox: Inbox, screen: Screen) -> bool:
    """Whether a signal came before the end. A failure after a signal is caused by it."""
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
                await _show(installation, inbox, screen)
                tasks.cancel_scope.cancel()
        except Exception:
            if not came:
                raise
    return came


async def _show(installation: Installation, inbox: Inbox, screen: Screen) -> None:
    installation.set_up(inbox.server_port)
    async with connected(installation) as agent:
        demo = Demo(installation, agent, inbox, screen)
        for number, scene in enumerate(SCENES, start=1):
            screen.title(number, scene.title)
            await scene.act(demo)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the removal, which takes seconds at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
