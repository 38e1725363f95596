"""`sentinel guard check` and `sentinel guard pre-push`: what an AI client and git ask before they act.

An AI client runs this before every command, so nothing is imported before it is needed (60 ms for a whole process).
"""
# ruff: noqa: PTH109, PTH118, PLC0415

import os
import sys
from collections.abc import Mapping, Sequence

from sentinel.core.guard.additions import Additions, LateAdditions, additions_of
from sentinel.core.guard.commands import Refusal
from sentinel.launch.nearest_policy import nearest_policy, tables_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sentinel.errors import SentinelError

BLOCK = 2
"""How a PreToolUse hook says no: Claude Code and Codex then do not run the command, and show the agent its stderr."""
DETAIL_LIMIT = 200
MEMORY_LIMIT = 1024 * 1024 * 1024
"""Bytes of the process while it reads a command, of which a usual one needs 3 %."""
INPUT_LIMIT = 4 * 1024 * 1024
"""Bytes of the client's event, or of git's list of refs."""


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`argv` is what follows `sentinel guard`; 0 lets the command run, and nothing else does, whatever happens."""
    try:
        return _run(argv, environ)
    except Exception as error:  # noqa: BLE001 - a hook that fails with another status lets the command run
        from sentinel.core.values.printable import printable
        from sentinel.errors.setup import GuardFailedError

        detail = printable(f"{type(error).__name__}: {error}", limit=DETAIL_LIMIT).rstrip(".")
        return _tell(GuardFailedError(detail=detail), "", BLOCK)


def _run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    name, *options = argv
    project = _project(options)
    if sys.stdin is None:
        raise OSError("stdin is closed")
    raw = sys.stdin.buffer.read(INPUT_LIMIT + 1)
    if name == "pre-push":
        from sentinel.launch.guard.push import judge_push

        project = project or _here()
        refusal = judge_push(raw, _additions(project))
        return 0 if refusal is None else _refuse(refusal, project, environ, exit_code=1)
    return _check(raw, project, environ)


def _check(raw: bytes, project: str, environ: Mapping[str, str]) -> int:
    from sentinel.launch.guard.event import BrokenEventError, read_event

    try:
        event = read_event(raw, INPUT_LIMIT)
    except BrokenEventError as error:
        from sentinel.errors.setup import HookInputBrokenError

        return _tell(HookInputBrokenError(detail=str(error)), "", BLOCK)
    if event.command is None:
        return 0
    project = project or event.directory or _here()
    from sentinel.adapters.shell.parse import read_script
    from sentinel.core.guard.judge import judge

    before = _bound_memory(MEMORY_LIMIT)
    refusal = judge(event.command, read_script, _additions(project))
    _bound_memory(before)  # a daemon that is started to record the refusal has its own
    return 0 if refusal is None else _refuse(refusal, project, environ, exit_code=BLOCK)


def _bound_memory(most: int) -> int:
    """Bounds the process's memory, and gives the bound that was there.

    A text that the grammar needs gigabytes for ends the hook so, which then lets nothing run.
    """
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    return before


def _project(options: Sequence[str]) -> str:
    """The folder behind `--project`, which the hook is installed with; empty where none is named."""
    words = iter(options)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--project":
            return os.path.join(_here(), value if equals else next(words, ""))
    return ""


def _here() -> str:
    """Where the hook runs; the root where that folder is gone."""
    try:
        return os.getcwd()
    except OSError:
        return "/"


def _additions(project: str) -> Additions:
    raw = nearest_policy(project)
    return LateAdditions(raw.decode("utf-8", "replace"), lambda: additions_of(tables_of(raw)))


def _refuse(refusal: Refusal, project: str, environ: Mapping[str, str], *, exit_code: int) -> int:
    from sentinel.errors.setup import CommandOutsideSentinelError
    from sentinel.launch.guard.record import record

    error = CommandOutsideSentinelError(reason=refusal.reason, instead=refusal.instead)
    return _tell(error, record(refusal.rule, project, environ), exit_code)


def _tell(error: "SentinelError", more: str, exit_code: int) -> int:
    text = "\n".join(line for line in (f"sentinel: {error.what}", error.fix, more) if line) + "\n"
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except OSError:
        pass  # who cannot be told is refused all the same
    return exit_code
