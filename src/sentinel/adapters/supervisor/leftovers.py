"""What a run left behind when its supervisor was killed: found by what was recorded, and ended."""

import json
from collections.abc import Callable
from pathlib import Path

from sentinel.adapters.boot import boot_id
from sentinel.adapters.supervisor.processes import kill_all, processes


def end_leftovers(directory: Path, *, guise: Callable[[], None] = lambda: None) -> None:
    """Kills what still runs of the command of `directory`; its supervisor must be dead.

    `guise` is called before the processes are looked at, to do that as another user.

    The command itself died with its supervisor. Its session is told from a later one with the same number by the
    leader's start; what left the session is known by the mark in its environment.
    """
    try:
        command = json.loads((directory / "command.json").read_text())
    except (OSError, ValueError):
        return
    guise()
    if command["boot"] == boot_id():
        kill_all(lambda: _leftovers(command["pid"], command["start"], command["mark"].encode()))


def _leftovers(session: int, start: int, mark: bytes) -> list[int]:
    table = processes()
    leader = table.get(session)
    number_reused = leader is not None and int(leader[19]) != start
    return [
        pid
        for pid, fields in table.items()
        if fields[0] not in "ZX"
        and int(fields[19]) >= start
        and ((int(fields[3]) == session and not number_reused) or _is_marked(pid, mark))
    ]


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
