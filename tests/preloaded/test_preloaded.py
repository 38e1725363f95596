"""A program that runs in a forked process is, to whoever starts it, like any other."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.preloaded.start import preloaded

SECONDS = 60.0


@pytest.fixture
def program() -> tuple[str, ...]:
    return preloaded("tests.preloaded.test_preloaded:said")


def said(words: list[str]) -> int:
    """What the forked process finds, or does: called there."""
    match words:
        case ["tell", *given]:
            umask = os.umask(0)
            ends = [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)]
            print(json.dumps([given, dict(os.environ), str(Path.cwd()), umask, ends]))  # noqa: T201
        case ["copy"]:
            sys.stdout.write(sys.stdin.read().upper())
            sys.stderr.write("copied\n")
            return 7
        case ["wait"]:
            print(os.getpid(), flush=True)  # noqa: T201
            signal.pause()
        case _:
            raise SystemExit("no such word")
    return 0


def test_it_has_the_words_environment_folder_and_umask_of_its_caller(program: tuple[str, ...], tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ODD": "a\nb=c \udcff", "EMPTY": ""}
    done = subprocess.run(
        [*program, "tell", "one two", "\udcff", ""],
        cwd=tmp_path,
        env=environment,
        umask=0o027,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == [["one two", "\udcff", ""], environment, str(tmp_path), 0o027, [False] * 3]


def test_it_reads_writes_and_ends_with_a_status(program: tuple[str, ...]) -> None:
    done = subprocess.run([*program, "copy"], input="grüße", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "GRÜSSE", "copied\n")


def test_what_it_exits_with_is_said_on_stderr(program: tuple[str, ...]) -> None:
    done = subprocess.run([*program, "?"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "no such word\n")


def test_it_knows_a_terminal(program: tuple[str, ...]) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run([*program, "tell"], stdin=follower, stdout=subprocess.PIPE, stderr=follower, check=True)
        assert json.loads(done.stdout)[-1] == [True, False, True]
    finally:
        os.close(leader)
        os.close(follower)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_signal_that_its_caller_sends(program: tuple[str, ...], number: signal.Signals) -> None:
    with subprocess.Popen([*program, "wait"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        forked = int(process.stdout.readline())
        assert forked != process.pid
        process.send_signal(number)
        assert process.wait(SECONDS) == -number
        assert process.stdout.read() == b""  # the end of the forked process, which had it open, too
