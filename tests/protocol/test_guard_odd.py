"""The guard's hook where things are not as they should be: it says no, in words, before its client loses patience."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol.guarding import checked, event
from tests.protocol.installation import SECONDS, SENTINEL, Installation
from tests.protocol.small import Small

DEPLOYMENT = "npm publish"


@pytest.fixture
def stateless(short_folder: Path) -> Installation:
    """One whose state folder cannot be made, so that no daemon is started."""
    home = short_folder / "home"
    home.write_text("a file")
    return Installation(home, short_folder)


POLICIES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop": lambda path: path.symlink_to(path),
    "bytes": lambda path: path.write_bytes(b"\xff\x00" * 1000),
}


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_that_is_no_file_neither_stops_nor_opens_the_guard(stateless: Installation, kind: str) -> None:
    POLICIES[kind](stateless.project / "sentinel.toml")
    assert checked(stateless, "ls").code == 0
    refused = checked(stateless, DEPLOYMENT)
    assert refused.code == 2
    assert "`npm publish` acts outside Sentinel" in refused.err


async def test_a_pipe_in_place_of_the_policy_does_not_stop_the_daemon(site: Installation, small: Small) -> None:
    policy = small.root / "sentinel.toml"
    policy.unlink()
    os.mkfifo(policy)
    assert "There is no sentinel.toml in" in checked(site, DEPLOYMENT).err
    assert "There is no sentinel.toml in" in site.run("status", seconds=SECONDS).err


@pytest.mark.parametrize("directory", ["", "relative", "/gone/for/good", "/a\0b", "/\ud800", "/" + "x" * 5000, None, 7])
def test_a_folder_that_cannot_be_one_is_no_way_out(stateless: Installation, directory: object) -> None:
    for command, code in (("ls", 0), (DEPLOYMENT, 2)):
        given = json.dumps({"tool_name": "Bash", "tool_input": {"command": command}, "cwd": directory})
        done = stateless.run("guard", "check", given=given)
        assert done.code == code
        assert "Traceback" not in done.err


@pytest.mark.parametrize("command", [f"{DEPLOYMENT} \ud800", f"{DEPLOYMENT} \0", f"\ue000; {DEPLOYMENT}"])
def test_a_command_of_odd_characters_is_read_all_the_same(stateless: Installation, command: str) -> None:
    done = stateless.run("guard", "check", given=event(command))
    assert done.code == 2
    assert "`npm publish` acts outside Sentinel" in done.err


@pytest.mark.parametrize("closing", ["<&-", "2>&-", "2>/dev/full", ">&- 2>&-"])
def test_a_hook_that_cannot_read_or_speak_refuses(stateless: Installation, closing: str) -> None:
    text = f"{shlex.join(SENTINEL)} guard check {closing}"
    done = subprocess.run(
        ["sh", "-c", text],
        input=event(DEPLOYMENT),
        text=True,
        env=stateless.environment,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("hook", "code"), [("check", 2), ("pre-push", 1)])
def test_a_hook_whose_folder_is_gone_refuses(stateless: Installation, hook: str, code: int) -> None:
    given = event(DEPLOYMENT, "") if hook == "check" else "refs/tags/v1.2.3 1 refs/tags/v1.2.3 0\n"
    gone = stateless.project / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD"; exec {shlex.join((*SENTINEL, "guard", hook))}'],
        cwd=gone,
        input=given,
        text=True,
        env=stateless.environment,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr


_DRIPPING = """
import contextlib, socket, sys, threading
from pathlib import Path
from sentinel.launch import agent_link
from sentinel.launch import guard
from sentinel.launch.locations import agent_socket
place = Path(agent_socket(sys.argv[1]))
place.parent.mkdir(parents=True)
server = socket.socket(socket.AF_UNIX)
server.bind(str(place))
server.listen()
over = threading.Event()
def drip():
    link, _ = server.accept()
    with contextlib.suppress(OSError):
        while not over.wait(0.05):
            link.send(b"x") if sys.argv[2] == "drips" else None
threading.Thread(target=drip, daemon=True).start()
setattr(guard if sys.argv[3] == "guard" else agent_link, sys.argv[4], 0.3)
print(guard.record("npm publish", "/", {"SENTINEL_HOME": sys.argv[1]}))
over.set()
"""


@pytest.mark.parametrize("limit", [("link", "REPLY_SECONDS"), ("guard", "PATIENCE")])
@pytest.mark.parametrize("manner", ["is silent", "drips"])
def test_a_daemon_that_hangs_is_not_waited_for(short_folder: Path, manner: str, limit: tuple[str, str]) -> None:
    words = [sys.executable, "-P", "-c", _DRIPPING, str(short_folder / "home"), manner, *limit]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=9)
    assert done.stdout.startswith("It is not on record: ")
    assert done.stderr == ""
