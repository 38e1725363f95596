"""`sentinel demo` as a user runs it: a process of its own, in an empty home, which leaves nothing behind."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.demo.installation import SENTINEL

# Tests that run in the background have SIGINT ignored, by themselves and by all that they start.
HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
DEMO = (*SENTINEL[:-1], HEARD + SENTINEL[-1], "demo")
EXPECTED = (
    "Release Blocked. You have 1 Open Task and Stale Tests.",
    "git commit: Tick the last task off",
    "Release candidate v0.1.0 is ready",
    "v0.1.0 is on staging and healthy.",
    "Soak Time Violation. Production unlock in 00:0",
    "pushed   ▸ list_changed",
    "deploy(staging|production)",
    "[SENTINEL DEFCON 1]",
    "CONFIRM DEPLOYMENT? (Type 'DEPLOY-NOW' to confirm): DEPLOY-NOW",
    "DEPLOYING → VERIFYING",
    "s left, 0 of ",
    "VERIFYING → ARCHIVED",
    "production answers 0.1.0 ",
    "Deleted merged branches: feature/apology.",
    "tools    ▸ release_status, start_sprint",
    "Release candidate v0.2.0 is ready",
    "[SENTINEL DEFCON 1]",
    "VERIFYING → ROLLING_BACK",
    "notified ▸ Automatic Rollback Triggered due to PDV failure.",
    "production answers 0.1.0 ",
    "The history is whole",
    "Nothing is left running.",
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user with an empty home; `folder` is in the environment of all that the demo starts."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp"), "LANG": "C.UTF-8"}
        return {"PATH": os.environ["PATH"], **own}

    @contextmanager
    def watching(self, *options: str) -> "Iterator[subprocess.Popen[str]]":
        """The demo, both of its outputs being one; it is ended with the block."""
        with subprocess.Popen(
            [*DEMO, *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as demo:
            try:
                yield demo
            finally:
                demo.kill()
                for pid in self.left_running():
                    os.kill(pid, signal.SIGKILL)

    def left_running(self) -> dict[int, str]:
        """What has the folder in its environment, the demo included: its command lines by process id."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # ended meanwhile, or another user's
                if os.fsencode(self.folder) in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ").strip()
        return found

    def left_lying(self) -> list[Path]:
        return [*(self.folder / "home").iterdir(), *(self.folder / "tmp").iterdir()]


@pytest.fixture
def viewer() -> Iterator[Viewer]:
    """A short folder: the demo's sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as name:
        for part in ("home", "tmp"):
            Path(name, part).mkdir()
        yield Viewer(Path(name))


def until_shown(demo: "subprocess.Popen[str]", text: str) -> None:
    assert demo.stdout is not None
    assert any(text in line for line in demo.stdout)


def rest(demo: "subprocess.Popen[str]") -> str:
    assert demo.stdout is not None
    return demo.stdout.read()


@pytest.mark.demo
@pytest.mark.timeout(240)
@pytest.mark.requirement(
    "P1.1-blocked-message",
    "P2.2-message",
    "P3.2-block",
    "P4.1-rollback",
    "P4.1-notification",
    "P4.2-branches",
    "P4.2-idle",
)
def test_it_shows_the_whole_protocol_and_leaves_nothing_behind(viewer: Viewer) -> None:
    with viewer.watching() as demo:
        shown = rest(demo)
        assert demo.wait() == 0, shown
        assert viewer.left_running() == {}
    assert viewer.left_lying() == []
    position = 0
    for text in EXPECTED:
        assert text in shown[position:], f"{text} is not in: {shown[position:]}"
        position = shown.index(text, position) + len(text)
    assert max(map(len, shown.splitlines())) <= 100
    assert "\x1b" not in shown


def test_ctrl_c_ends_all_that_runs(viewer: Viewer) -> None:
    with viewer.watching() as demo:
        until_shown(demo, "run_tests()")
        demo.send_signal(signal.SIGINT)
        shown = rest(demo)
        assert demo.wait() == 130, shown
        assert viewer.left_running() == {}
    assert "Traceback" not in shown
    assert viewer.left_lying() == []


def test_a_daemon_that_dies_fails_the_scene_and_everything_is_ended(viewer: Viewer) -> None:
    with viewer.watching() as demo:
        until_shown(demo, "run_tests()")
        (daemon,) = (pid for pid, command in viewer.left_running().items() if command.endswith("daemon run"))
        os.kill(daemon, signal.SIGKILL)
        shown = rest(demo)
        assert demo.wait() == 1, shown
        assert viewer.left_running() == {}
    assert 'The demo failed in scene 2, "A release that is not ready is blocked": ' in shown
    assert "Traceback" not in shown
    assert viewer.left_lying() == []


def test_a_program_that_is_missing_is_named(viewer: Viewer) -> None:
    environment = {**viewer.environment, "PATH": str(viewer.folder)}
    done = subprocess.run(DEMO, env=environment, cwd=viewer.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sentinel: The demo needs the program git, which is not on PATH.\n")


def test_it_can_be_kept_to_be_looked_at(viewer: Viewer) -> None:
    with viewer.watching("--keep") as demo:
        until_shown(demo, "sentinel trust")
        demo.send_signal(signal.SIGTERM)
        shown = rest(demo)
    (folder,) = (viewer.folder / "tmp").iterdir()
    assert f"The demo's folder is kept: {folder}\n" in shown
    assert (folder / "home" / "daemon.log").is_file()
