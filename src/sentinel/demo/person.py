"""The person: reads what a command shows at a pseudo-terminal, and types one line there."""

import os
import pty
import select
import subprocess
import time
from dataclasses import dataclass

from sentinel.demo.installation import SENTINEL, Stage

SECONDS = 60.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood on the terminal up to and with the typed line, what came after it, and how the command ended."""

    shown: tuple[str, ...]
    answer: tuple[str, ...]
    code: int


def at_terminal(stage: Stage, *words: str, prompt: str, typed: str) -> Seen:
    """Runs a command of ours at a terminal of its own, and types `typed` once `prompt` has appeared."""
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*SENTINEL, *words],
            cwd=stage.shop.root,
            env=dict(stage.environment),
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        try:
            shown = _read_until(leader, prompt)
            if shown.endswith(prompt):
                os.write(leader, f"{typed}\n".encode())
            rest = _read_until(leader, None)
            return _seen(shown, rest, process.wait(SECONDS))
        finally:
            process.kill()
            process.wait()
    finally:
        os.close(leader)


def _seen(shown: str, rest: str, code: int) -> Seen:
    """The terminal echoes what is typed: it stands behind the prompt, as on any screen."""
    echo, _, answer = rest.partition("\n")
    return Seen(tuple(f"{shown}{echo}".splitlines()), tuple(answer.strip().splitlines()), code)


def _read_until(leader: int, prompt: str | None) -> str:
    """What appears until it ends with `prompt`, or until the terminal's end; terminals end lines with CR and LF."""
    seen = b""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and not (prompt is not None and seen.endswith(prompt.encode())):
        if select.select([leader], [], [], LOOK_SECONDS)[0]:
            try:
                data = os.read(leader, 65536)
            except OSError:  # the other side has closed
                break
            if not data:
                break
            seen += data
    return seen.decode(errors="replace").replace("\r\n", "\n")
