"""What the demo leaves behind is found, named and ended."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from sentinel.demo.installation import Installation, end, marked

STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); sys.stdin.read()"
)
OBEDIENT = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def installation() -> Iterator[Installation]:
    installation = Installation.build()
    yield installation
    installation.remove()


def started(installation: Installation, program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=dict(installation.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("program", [OBEDIENT, STUBBORN])
def test_whatever_bears_the_mark_is_ended(installation: Installation, program: str) -> None:
    with started(installation, program) as process:
        assert marked(installation.mark) == {process.pid}
        assert end(installation.mark, seconds=1.0) == set()
        assert process.wait() < 0
    assert marked(installation.mark) == set()


def test_what_does_not_end_by_itself_is_named(installation: Installation) -> None:
    installation.shop.root.mkdir()
    with started(installation, OBEDIENT) as process:
        assert installation.close() == f"processes [{process.pid}]"
    assert marked(installation.mark) == set()


def test_a_service_of_the_shop_is_expected_to_run_until_it_is_ended(installation: Installation) -> None:
    installation.shop.root.mkdir()
    with started(installation, OBEDIENT) as process:
        pid_file = installation.folder / "run" / "production" / "pid"
        pid_file.parent.mkdir(parents=True)
        pid_file.write_text(f"{process.pid}\n")
        assert installation.close() == ""
        assert process.wait() < 0


def test_read_only_folders_go_too(installation: Installation) -> None:
    kept = installation.folder / "home" / "kept" / "artifact"
    kept.mkdir(parents=True)
    (kept / "shop.pyz").touch(0o444)
    kept.chmod(0o555)
    kept.parent.chmod(0o555)
    assert installation.remove()


def test_its_environment_has_nothing_of_the_user(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_DATABASE_URL", "postgresql://production")
    monkeypatch.setenv("GIT_DIR", "/somewhere/else")
    other = Installation.build()
    try:
        names = {"DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONPATH"}
        assert set(other.environment) - names == set(installation.environment) - names
        assert not {"SENTINEL_DATABASE_URL", "GIT_DIR"} & set(other.environment)
    finally:
        other.remove()
