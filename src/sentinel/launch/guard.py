"""`sentinel guard check` and `sentinel guard pre-push`: what an AI client and git ask before they act.

An AI client runs this before every command, so nothing is imported before it is needed (60 ms for a whole process).
A refusal goes to the daemon, where it becomes a finding; one is started where none runs.
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
SHELL_TOOL = "Bash"
"""The name of the tool that runs shell commands, as Claude Code and Codex document it."""
PATIENCE = 12.0
"""Seconds after which the client is told no without a record, before it loses its own patience and lets all run."""
RECORDED = "It is on record as a high finding, which blocks the next release until a person resolves it."


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
        project = project or _here()
        refusal = judge_push(raw, _additions(project))
        return 0 if refusal is None else _refuse(refusal, project, environ, exit_code=1)
    return _check(raw, project, environ)


def _check(raw: bytes, project: str, environ: Mapping[str, str]) -> int:
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


class BrokenEventError(ValueError):
    """It cannot be told what is about to run; the message says why."""


class Event:
    """`command` is None where no shell is asked for; `directory` is empty where the client names none."""

    __slots__ = ("command", "directory")

    def __init__(self, command: str | None, directory: str) -> None:
        self.command = command
        self.directory = directory


def read_event(raw: bytes, limit: int) -> Event:
    """The JSON object on stdin: `command` is `tool_input.command`, run in `cwd`. Raises BrokenEventError.

    Other tools than the shell's are none of the guard's business.
    """
    import json

    if len(raw) > limit:
        raise BrokenEventError(f"it is larger than {limit} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise BrokenEventError("it is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("tool_name"), str):
        raise BrokenEventError("it has no tool_name")
    if document["tool_name"] != SHELL_TOOL:
        return Event(None, "")
    given = document.get("tool_input")
    command = given.get("command") if isinstance(given, dict) else None
    if not isinstance(command, str):
        raise BrokenEventError("it has no command in tool_input")
    return Event(command, _directory(document.get("cwd")))


def _directory(given: object) -> str:
    """A full path; nothing where it cannot be one."""
    if not isinstance(given, str) or not given.startswith("/") or "\0" in given:
        return ""
    try:
        given.encode()
    except UnicodeEncodeError:
        return ""
    return given


def judge_push(raw: bytes, additions: Additions) -> Refusal | None:
    """A release tag among what is pushed, created or deleted; Sentinel itself pushes without hooks.

    git writes a line for each ref: its local name and object, its remote name and object.
    """
    from sentinel.core.guard.programs import is_release_tag, tags_refused
    from sentinel.core.values.git import TAGS

    for line in raw.decode("utf-8", "replace").splitlines():
        words = line.split(" ")
        remote_name = words[2] if len(words) > 2 else ""
        if remote_name.startswith(TAGS) and is_release_tag(remote_name, additions.tag_prefix):
            return tags_refused()
    return None


def record(rule: str, project: str, environ: Mapping[str, str]) -> str:
    """A sentence that says what became of it; `rule` names the command without its arguments."""
    import signal

    from sentinel.core.values.limits import REFUSAL_LIMIT
    from sentinel.launch.agent_link import LinkRefused, open_link, read_reply

    signal.signal(signal.SIGALRM, _out_of_patience)
    # Again each second: whoever takes the first one for an error of their own may go on waiting.
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, 1.0)
    try:
        link, rest = open_link(environ, project, {"refused": rule[:REFUSAL_LIMIT]})
        with link:
            read_reply(link, rest)
    except LinkRefused as refused:
        return f"It is not on record: {refused.sentence}"
    except (OSError, ValueError):
        return "It is not on record: the daemon did not answer, or the project's path cannot be told to it."
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return RECORDED


def _out_of_patience(_number: int, _frame: object) -> None:
    raise TimeoutError
