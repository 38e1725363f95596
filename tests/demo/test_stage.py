"""What the demo leaves behind is found, named and ended."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from sentinel.demo.installation import Stage, end, marked

STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); sys.stdin.read()"
)
OBEDIENT = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage.build()
    yield stage
    stage.remove()


def started(stage: Stage, program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=dict(stage.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("program", [OBEDIENT, STUBBORN])
def test_whatever_bears_the_mark_is_ended(stage: Stage, program: str) -> None:
    with started(stage, program) as process:
        assert marked(stage.mark) == {process.pid}
        assert end(stage.mark, seconds=1.0) == set()
        assert process.wait() < 0
    assert marked(stage.mark) == set()


def test_what_does_not_end_by_itself_is_named(stage: Stage) -> None:
    stage.shop.root.mkdir()
    with started(stage, OBEDIENT) as process:
        assert stage.close() == f"processes [{process.pid}]"
    assert marked(stage.mark) == set()


def test_a_service_of_the_shop_is_expected_to_run_until_it_is_ended(stage: Stage) -> None:
    stage.shop.root.mkdir()
    with started(stage, OBEDIENT) as process:
        pid_file = stage.folder / "run" / "production" / "pid"
        pid_file.parent.mkdir(parents=True)
        pid_file.write_text(f"{process.pid}\n")
        assert stage.close() == ""
        assert process.wait() < 0


def test_read_only_folders_go_too(stage: Stage) -> None:
    kept = stage.folder / "home" / "kept" / "artifact"
    kept.mkdir(parents=True)
    (kept / "shop.pyz").touch(0o444)
    kept.chmod(0o555)
    kept.parent.chmod(0o555)
    assert stage.remove()


def test_its_environment_has_nothing_of_the_user(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_DATABASE_URL", "postgresql://production")
    monkeypatch.setenv("GIT_DIR", "/somewhere/else")
    other = Stage.build()
    try:
        names = {"DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONPATH"}
        assert set(other.environment) - names == set(stage.environment) - names
        assert not {"SENTINEL_DATABASE_URL", "GIT_DIR"} & set(other.environment)
    finally:
        other.remove()
