"""The folder of a run: whether its supervisor is at work, and what the command has printed, safe to show."""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sentinel.adapters.files import open_regular, read_regular
from sentinel.core.release.commands import STEPS, LoggedCommand, LogPiece
from sentinel.core.release.script import NO_DOCUMENT, ScriptResult
from sentinel.core.values.printable import printable_lines

PIECE_BYTES = 64 * 1024
LISTED = 1000
"""Commands that are listed, the newest of them."""
STATUS_LIMIT = 64 * 1024
TAIL_BYTES = 4096
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
"""Colours, titles and cursor movements (ECMA-48 CSI, OSC and other strings), which carry no text.

A title that does not end on its line is none: a terminal would hide what follows it, and the failure with it.
"""


def is_taken(directory: Path) -> bool:
    """Whether a supervisor took the order: from then on it is never started again, and what it needs is not asked."""
    return (directory / "identity.json").exists()


def is_finished(directory: Path) -> bool:
    """Whether the run of `directory` has ended and its result is known."""
    return (directory / "status.json").exists()


def is_running(directory: Path) -> bool:
    """Whether a supervisor holds the folder's lock, which it does for its whole life."""
    try:
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return not is_finished(directory)
    finally:
        os.close(lock)
    return False


def logged_commands(project: Path) -> tuple[LoggedCommand, ...]:
    """Every command below the project's folder, the newest first."""
    found = sorted(_found(project), key=lambda one: one.started_at, reverse=True)
    return tuple(found[:LISTED])


def _found(project: Path) -> Iterator[LoggedCommand]:
    """Checkouts and artifacts lie beside the steps' folders; what they hold is never taken for a command's."""
    for step in STEPS:
        for order in project.glob(f"*/{step}/[0-9]*/order.json"):
            attempt = order.parent
            with suppress(OSError, ValueError):
                yield LoggedCommand(
                    operation=attempt.parent.parent.name,
                    step=step,
                    attempt=int(attempt.name),
                    started_at=_modified(order),
                    ended_at=_modified(attempt / "status.json") if (attempt / "status.json").exists() else None,
                    ended=_ended(attempt),
                )


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _ended(folder: Path) -> str:
    found = read_result(folder)
    if found is None:
        return "" if is_running(folder) else ScriptResult("lost").sentence
    return found.sentence


def read_result(folder: Path) -> ScriptResult | None:
    """How the run ended; None where nothing says so. What cannot be read proves nothing: then the run was lost."""
    written = read_regular(folder / "status.json", STATUS_LIMIT)
    if written is None:
        return None
    try:
        return ScriptResult.from_document(json.loads(written))
    except NO_DOCUMENT:
        return ScriptResult("lost", reason="its result cannot be read")


def folder_of(project: Path, command: LoggedCommand) -> Path:
    return project / command.operation / command.step / str(command.attempt)


def read_piece(folder: Path, offset: int) -> LogPiece:
    """The lines from `offset` on, at most PIECE_BYTES; a line that is still being written waits for its end."""
    ended = not is_running(folder)  # looked at before reading: what comes between is read next time
    try:
        with open_regular(folder / "output.log", follow=False) as stream:
            size = stream.seek(0, os.SEEK_END)
            start = min(offset, size)
            stream.seek(start)
            content = stream.read(PIECE_BYTES)
    except OSError:
        return LogPiece(text="", next_offset=offset, over=ended)
    whole = content if ended and start + len(content) >= size else _whole_lines(content)
    reached = start + len(whole)
    text = readable(whole, limit=len(whole)).removesuffix("\n")
    return LogPiece(text=text, next_offset=reached, over=ended and reached >= size)


def _whole_lines(content: bytes) -> bytes:
    """Up to the last line's end; a line that is longer than a piece is cut."""
    end = content.rfind(b"\n") + 1
    return content[:end] if end or len(content) < PIECE_BYTES else content


def tail_of(folder: Path, lines: int) -> tuple[str, ...]:
    """The last lines, with one that is still being written; none if nothing was printed."""
    text = last_lines(folder / "output.log").rstrip("\n")
    return tuple(text.split("\n")[-lines:]) if text else ()


def last_lines(log: Path) -> str:
    """The last 4 KiB of the output at most; empty where there is none."""
    try:
        with open_regular(log, follow=False) as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - TAIL_BYTES))
            return readable(stream.read(TAIL_BYTES))
    except OSError:
        return ""


def readable(output: bytes, *, limit: int = TAIL_BYTES) -> str:
    """Text of several lines, its last `limit` characters; every character that is not for showing is escaped."""
    text = _ESCAPE.sub("", output.decode(errors="replace")).replace("\r\n", "\n")
    return printable_lines(text, limit=limit)[-limit:]
