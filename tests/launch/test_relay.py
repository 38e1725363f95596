"""The relay process: quick, and one clear sentence on stderr where it cannot relay."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sentinel.errors.daemon import DaemonNotStartedError, HomeUnusableError
from sentinel.launch.daemon_start import ensure_daemon
from sentinel.launch.locations import agent_socket

RELAY = "import os, sys; from sentinel.launch.relay import run; raise SystemExit(run(sys.argv[1:], os.environ))"
SECONDS = 10
THE_RELAYS_OWN = {
    "sentinel",
    "sentinel.core",
    "sentinel.core.values",
    "sentinel.core.values.limits",
    "sentinel.launch",
    "sentinel.launch.agent_link",
    "sentinel.launch.relay",
    "sentinel.launch.locations",
}
SLOW = {"typing", "dataclasses", "pathlib", "json", "re", "inspect", "argparse", "asyncio", "subprocess", "logging"}

FAKE_DAEMON = """
import os, pathlib, socket, sys
home = pathlib.Path(os.environ["SENTINEL_HOME"])
(home / "started").open("a").write("x")
(home / "run").mkdir(exist_ok=True)
(home / "run" / "agent.sock").unlink(missing_ok=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind(str(home / "run" / "agent.sock"))
listener.listen()
(home / "pid").write_text(str(os.getpid()))
while True:
    listener.accept()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        yield Path(folder)


def relay(
    home: Path, *options: str, feed: bytes = b"", cwd: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", RELAY, *options],
        input=feed,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env={"SENTINEL_HOME": str(home), "PATH": os.environ["PATH"], "HOME": str(home)},
        cwd=cwd or home,
    )


@contextmanager
def daemon(home: Path, answer: Callable[[socket.socket], None]) -> Iterator[list[bytes]]:
    """A listener that handles one connection; the list gets the relay's first line."""
    path = agent_socket(str(home))
    Path(path).parent.mkdir(parents=True)
    hello: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def accept() -> None:
            link, _ = listener.accept()
            with link, link.makefile("rb") as lines:
                hello.append(lines.readline())
                answer(link)
                with suppress(OSError):
                    for line in lines:
                        link.sendall(line)

        thread = threading.Thread(target=accept)
        thread.start()
        yield hello
        thread.join(SECONDS)


def test_bytes_go_both_ways_after_one_line_of_handshake(home: Path) -> None:
    feed = b'{"a": "\xc3\xa9"}\n' + b"x" * 1_000_000 + b"\n"
    with daemon(home, lambda link: link.sendall(b'{"ok": true}\nearly\n')) as hello:
        done = relay(home, "--locked-tools", "reject", "--longest-wait=540", feed=feed)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"early\n" + feed
    said = json.loads(hello[0])
    chosen = {"locked_tools": "reject", "longest_wait": "540"}
    assert said == {"sentinel": 1, "relay": "0.1.0", "directory": str(home), **chosen}


def test_a_path_with_every_hard_character_arrives_as_it_is(home: Path) -> None:
    folder = home / 'a "b"\\ \t\n\x7f é 🚀'
    folder.mkdir()
    with daemon(home, lambda link: link.sendall(b'{"ok": true, "new": 1}\n')) as hello:
        assert relay(home, f"--project={folder}").returncode == 0
    assert json.loads(hello[0])["directory"] == str(folder)


def test_a_refusal_is_one_sentence_and_its_exit_code(home: Path) -> None:
    refusal = {"ok": False, "what": "The store is newer.", "fix": "Upgrade Sentinel.", "exit_code": 2}
    with daemon(home, lambda link: link.sendall(json.dumps(refusal).encode() + b"\n")):
        done = relay(home)
    assert done.returncode == 2
    assert done.stderr == b"sentinel: The store is newer. Upgrade Sentinel.\n"
    assert done.stdout == b""


@pytest.mark.parametrize("garbage", [b"\n", b"HTTP/1.1 400\n", b"[]\n", b'{"ok": false}\n', b"x" * 70_000])
def test_what_is_no_daemon_is_told_apart(home: Path, garbage: bytes) -> None:
    with daemon(home, lambda link: link.sendall(garbage)):
        done = relay(home)
    assert done.returncode == 2
    assert done.stderr == (
        b"sentinel: What answers on the agent socket is not a Sentinel daemon. Run `sentinel daemon stop`.\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--locked-tools=show"], "--locked-tools: found show, expected hide or reject."),
        *(
            ([f"--longest-wait={wait}"], f"--longest-wait: found {wait}, expected 1 to 3600 seconds.")
            for wait in ("0", "3601", "-5", "1m", "٣", "9" * 5000)
        ),
        (["--longest-wait"], "--longest-wait needs a value."),
        (["--project"], "--project needs a value."),
        (["--projekt", "x"], "There is no option --projekt."),
    ],
)
def test_a_bad_option_is_one_sentence(home: Path, options: list[str], sentence: str) -> None:
    done = relay(home, *options)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"sentinel: {sentence} Usage: sentinel mcp")


def test_a_socket_path_that_is_too_long_is_one_sentence(home: Path) -> None:
    done = relay(home / ("x" * 120), cwd=home)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("sentinel: The socket path ")
    assert b"Set SENTINEL_HOME to a folder with a shorter path." in done.stderr


def test_a_start_imports_nothing_that_is_slow() -> None:
    code = "import sys; import sentinel.launch.relay; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.partition(".")[0] == "sentinel"} == THE_RELAYS_OWN
    assert not loaded & SLOW


def test_any_number_of_relays_start_one_daemon(home: Path) -> None:
    links: list[socket.socket] = []
    command = (sys.executable, "-c", FAKE_DAEMON)
    stale = Path(agent_socket(str(home)))
    stale.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(stale))
    threads = [
        threading.Thread(target=lambda: links.append(ensure_daemon(str(home), os.environ, command=command)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    pid = int((home / "pid").read_text())
    try:
        assert len(links) == 5
        assert (home / "started").read_text() == "x"
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGKILL)
        for link in links:
            link.close()


def test_a_daemon_that_does_not_start_says_why_in_its_last_line(home: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('Another daemon (process 7) uses this store.')")
    with pytest.raises(DaemonNotStartedError, match=r"did not start: Another daemon \(process 7\) uses this store\."):
        ensure_daemon(str(home), os.environ, command=command)


def test_a_daemon_that_never_answers_is_given_up(home: Path) -> None:
    started = time.monotonic()
    silent = f"import os, time; print(os.getpid(), file=open({str(home / 'pid')!r}, 'w'), flush=True); time.sleep(60)"
    command = (sys.executable, "-c", silent)
    with pytest.raises(DaemonNotStartedError, match="it does not answer yet"):
        ensure_daemon(str(home), os.environ, command=command, seconds=0.5)
    assert time.monotonic() - started < 4
    os.kill(int((home / "pid").read_text()), signal.SIGKILL)


def test_a_home_that_cannot_be_made_is_one_sentence(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(HomeUnusableError, match="or name another one in SENTINEL_HOME or SENTINEL_SHARED"):
        ensure_daemon(str(home / "file" / "home"), os.environ)
