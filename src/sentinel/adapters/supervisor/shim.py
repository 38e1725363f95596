"""The supervisor process of one command: stdlib only, started for a folder that holds `order.json`.

What must not stay on the disk comes over its input: the command's environment, and the values that its output must not
show. Whoever starts it and dies before all of that is said has started nothing.

It outlives the daemon. It runs the command in a session of its own, keeps the beginning and the end of its
output, ends its whole tree on timeout or cancel, and writes `status.json` in one step when it is over. It holds a lock
on `lock` for its whole life: whoever finds that free, `identity.json` there and no status knows that the run was lost.

What the command left in the background when it ended by itself is a service, and is left alone, where the order allows
services. Everywhere else it is ended before the result is written: no later command finds it alive.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

# Where this runs as a program, nothing of Sentinel can be imported but by its place.
if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[3]))

from sentinel.adapters.files import write_reserved
from sentinel.adapters.processes import (
    PERIOD_SECONDS,
    boot_id,
    boot_seconds,
    descendants,
    described,
    kill_all,
    process_start,
    send,
)
from sentinel.adapters.supervisor.privileges import PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, become
from sentinel.core.access.masking import MaskedStream, Masker  # of the standard library alone, too
from sentinel.core.release.script import Outcome, ScriptInput, ScriptOrder, ScriptResult

LOCK_SECONDS = 1.0
"""How long the lock is tried for: a look at it by `is_running` holds it for a moment too."""
DRAIN_SECONDS = 0.3
"""How long output is copied after the command's end: what it left in the background may hold the pipe for ever."""
RESERVED_BYTES = 4096
CHUNK = 1 << 16
MARK = "SENTINEL_RUN"
"""The variable that tells what came from a run, for when its supervisor is dead and cannot."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(folder: Path, ready: int, user: str) -> None:
    """Runs the order of `folder`, once for ever; closes `ready` when the run has become visible to others.

    `user` is `UID:GID`, of whom the command is to be a process; empty for our own.
    """
    # Before the lock: who starts us may be slow, and another's supervisor need not wait.
    given = ScriptInput.from_document(json.load(sys.stdin))
    if not _take(folder / "lock") or (folder / "status.json").exists() or (folder / "identity.json").exists():
        return
    order = ScriptOrder.from_document(json.loads((folder / "order.json").read_text()))
    supervision = Supervision(folder, order, given, _exchange(user))
    write(folder / "identity.json", identity())
    os.close(ready)
    supervision.run()


class Supervision:
    """One run: the command, its output, and why it is to stop."""

    def __init__(
        self,
        folder: Path,
        order: ScriptOrder,
        given: ScriptInput,
        exchange: Callable[[], None],
    ) -> None:
        """`exchange` gives a new process the rights of the command's user."""
        self._folder = folder
        self._order = order
        self._env = given.env
        self._exchange = exchange
        self._output = Output(folder / "output.log", order.output_cap, MaskedStream(Masker(given.hidden)))
        self._cancelled = False
        # Reserved now, so that a disk that fills up meanwhile does not cost the result.
        (folder / "status.tmp").write_bytes(b" " * RESERVED_BYTES)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # unlike SIG_IGN, not inherited by the command
        signal.signal(signal.SIGTERM, self._cancel)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)

    def run(self) -> None:
        """Runs the command to its end, whatever that is, and says so in `status.json`."""
        began = boot_seconds()
        result = replace(self._supervise(), seconds=boot_seconds() - began)
        write_surely(self._folder / "status.json", result.document(), spare=self._output.path)
        self._output.leave_reader()

    def _supervise(self) -> ScriptResult:
        if self._stopping(float("inf")):
            return ScriptResult("cancelled")
        try:
            child = self._start()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return ScriptResult("failed_to_start", reason=reason)
        deadline = boot_seconds() + self._order.timeout_seconds
        while child.poll() is None:
            self._output.copy(PERIOD_SECONDS, child)
            _reap(child.pid)
            if stopped := self._stopping(deadline):
                return self._end(child, stopped)
        outcome: Outcome = "exited" if child.returncode >= 0 else "signalled"
        reason = "" if self._order.services else self._leave_nothing(child)
        self._output.finish(boot_seconds() + DRAIN_SECONDS)
        return ScriptResult(outcome, child.returncode, reason=reason)

    def _start(self) -> "subprocess.Popen[bytes]":
        parent = os.getpid()
        child = subprocess.Popen(  # noqa: S603 - the trusted policy's own command
            self._order.argv,
            cwd=self._order.cwd,
            env={**self._env, MARK: str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: self._before_command(parent),  # noqa: PLW1509 - this program has one thread
        )
        self._output.follow(child)
        return child

    def _before_command(self, parent: int) -> None:
        """In the command's process, before it is the command: it dies with its supervisor, and is on record first."""
        write(self._folder / "command.json", {**identity(), "mark": f"{MARK}={self._folder}"})
        self._exchange()  # before the next line, which it would undo
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(127)

    def _cancel(self, *_: object) -> None:
        self._cancelled = True

    def _stopping(self, deadline: float) -> Outcome | None:
        if self._cancelled or (self._folder / "cancel").exists():
            return "cancelled"
        return "timed_out" if boot_seconds() >= deadline else None

    def _leave_nothing(self, child: "subprocess.Popen[bytes]") -> str:
        """Ends what the command left running, and says in its output what that was; why it could not be ended."""
        _reap(child.pid)
        if not (left := descendants(child.pid)):
            return ""
        said = f"\n[Sentinel ended what the command left running, {described(left)}]\n"
        reason = self._end_all(child)
        self._output.add(said)
        return reason

    def _end(self, child: "subprocess.Popen[bytes]", outcome: Outcome) -> ScriptResult:
        reason = self._end_all(child)
        self._output.finish(boot_seconds() + DRAIN_SECONDS)
        return ScriptResult(outcome, child.poll(), reason=reason)

    def _end_all(self, child: "subprocess.Popen[bytes]") -> str:
        """TERM, then KILL, to the command and to all that came from it, wherever it went; why that was not enough."""

        def living() -> list[int]:
            child.poll()
            _reap(child.pid)
            return descendants(child.pid)

        deadline = boot_seconds() + self._order.grace_seconds
        send(living(), signal.SIGTERM)
        while living() and boot_seconds() < deadline:
            self._output.copy(PERIOD_SECONDS / 5, child)
        left = kill_all(living)
        return f"{len(left)} of its processes could not be ended" if left else ""


class Output:
    """The log, without secrets: at most `cap` bytes, half for the beginning and half for the end, where errors are."""

    def __init__(self, path: Path, cap: int, masked: MaskedStream) -> None:
        self.path = path
        self._masked = masked
        self._room = cap // 2
        self._tail_size = cap - self._room
        self._tail = bytearray()
        self._dropped = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._selector = selectors.DefaultSelector()
        self._pipe: int | None = None

    def follow(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        with child.stdout as pipe:
            self._pipe = os.dup(pipe.fileno())  # to be kept for longer than the child object lives
        os.set_blocking(self._pipe, False)
        self._selector.register(self._pipe, selectors.EVENT_READ)

    def copy(self, seconds: float, child: "subprocess.Popen[bytes] | None" = None) -> bool:
        """Copies what comes within `seconds`; once all is read, waits so long for `child`. False if nothing came."""
        if self._pipe is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                if child is not None:
                    child.wait(seconds)
            return False
        if not self._selector.select(seconds):
            return False
        with contextlib.suppress(BlockingIOError):
            if data := os.read(self._pipe, CHUNK):
                self._add(self._masked.feed(data))
            else:
                self._selector.unregister(self._pipe)
                self._pipe = None
        return True

    def add(self, said: str) -> None:
        """Puts a text of ours behind what has come so far, without secrets like everything."""
        while self.copy(0):
            pass
        self._add(self._masked.feed(said.encode()))

    def finish(self, deadline: float) -> None:
        """Copies what is still coming, then puts the end of the output behind its beginning."""
        while boot_seconds() < deadline and self.copy(PERIOD_SECONDS):
            pass
        self._add(self._masked.end())
        self._cut()
        if self._dropped:
            self._write(f"\n[{self._dropped} bytes of output were left out here]\n".encode())
        self._write(bytes(self._tail))

    def leave_reader(self) -> None:
        """Services that still write to the command's output would die of a broken pipe: a `cat` reads on for them."""
        if self._pipe is None or os.fork():
            return
        try:
            os.dup2(self._pipe, 0)
            os.set_blocking(0, True)
            os.execvp("cat", ["cat"])  # noqa: S606, S607 - the system's; stdout is /dev/null
        finally:
            os._exit(127)

    def _add(self, data: bytes) -> None:
        head, rest = data[: self._room], data[self._room :]
        self._room -= len(head)
        self._write(head)
        self._tail += rest
        if len(self._tail) > 2 * self._tail_size + CHUNK:
            self._cut()

    def _cut(self) -> None:
        excess = max(0, len(self._tail) - self._tail_size)
        del self._tail[:excess]
        self._dropped += excess

    def _write(self, data: bytes) -> None:
        """A full disk costs the log, never the command's result."""
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            self._dropped += len(data)


def identity() -> dict[str, object]:
    """This process, told apart from any other that gets its number later."""
    return {"pid": os.getpid(), "boot": boot_id(), "start": process_start(os.getpid())}


def write(path: Path, value: dict[str, object]) -> None:
    """All of it or nothing, and on the disk when this returns; a temporary file that is there already is used."""
    write_reserved(path, json.dumps(value).encode(), reserve=path.with_suffix(".tmp"))


def write_surely(path: Path, value: dict[str, object], *, spare: Path) -> None:
    """Writes as soon as the disk has room, giving up the content of `spare` for it: the run is not over before."""
    while True:
        try:
            return write(path, value)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
        os.truncate(spare, 0)
        time.sleep(1)


def _take(path: Path) -> bool:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = boot_seconds() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if boot_seconds() >= deadline:
                return False
            time.sleep(PERIOD_SECONDS / 10)
        else:
            return True


def _reap(child: int) -> None:
    """Collects adopted orphans that have ended; the command itself is left to its own wait."""
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in (0, child):
                return
            os.waitpid(ended.si_pid, 0)


def _exchange(user: str) -> Callable[[], None]:
    """What a new process does to become one of `user`; nothing where the command is to be ours."""
    if not user:
        return lambda: None
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)  # nothing that we execute has our capabilities
    uid, gid = map(int, user.split(":"))
    return lambda: become(uid, gid)


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere a process that forks away is found by its process group alone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def fork_away(folder: Path, user: str) -> None:
    """Runs the order in a process of its own, and ends this one when that has taken it, or ended. Never returns."""
    ready, taken = os.pipe()
    if os.fork():
        os.close(taken)
        os.read(ready, 1)
        os._exit(0)
    os.close(ready)
    os.setsid()
    main(folder, taken, user)
    os._exit(0)  # taking the interpreter down costs as much as starting it


if __name__ == "__main__":
    fork_away(Path(sys.argv[1]), "".join(sys.argv[2:]))
