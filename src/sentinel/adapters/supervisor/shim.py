"""The supervisor process of one command: stdlib only, started once for a folder that holds `order.json`.

It runs the command in a session of its own, keeps the beginning and the end of its output, ends its whole tree on
timeout or cancel, and writes `status.json` in one step when it is over. The lock on `lock` is held for its whole life:
who finds it free and no status knows that the run was lost.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 5.0
DRAIN_SECONDS = 0.5
"""How long output is still read after the command's end: what it left in the background may hold the pipe for ever."""
PERIOD_SECONDS = 0.05
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(lock):
        return
    if (folder / "status.json").exists() or (folder / "started").exists():
        return
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER)
    _write(folder / "started", {"pid": os.getpid()})
    order = json.loads((folder / "order.json").read_text())
    began = time.time()
    status = _supervise(folder, order)
    _write(folder / "status.json", {**status, "began": began, "ended": time.time()})


def _take(lock: int) -> bool:
    """The folder's lock, for good; a moment's wait, since those who only ask hold it for an instant."""
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(PERIOD_SECONDS)
        else:
            return True
    return False


def _supervise(folder: Path, order: dict) -> dict:  # type: ignore[type-arg]  # plain JSON: this program imports nothing
    output = Output(folder / "output.log", int(order["output_cap"]))
    try:
        child = subprocess.Popen(  # noqa: S603 - the trusted policy's own command
            order["argv"],
            cwd=order["cwd"],
            env=order["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - this program has one thread
        )
    except OSError as error:
        return {"outcome": "failed_to_start", "exit_code": None, "reason": error.strerror or str(error)}
    outcome = _follow(folder, child, output, float(order["timeout_seconds"]))
    output.close()
    code = child.returncode
    return {"outcome": outcome if outcome != "exited" or code >= 0 else "signalled", "exit_code": code, "reason": ""}


def _follow(folder: Path, child: "subprocess.Popen[bytes]", output: "Output", timeout: float) -> str:
    """Copies output until the command has ended; ends it when its time is over or someone cancels."""
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    os.set_blocking(child.stdout.fileno(), False)
    deadline = _clock() + timeout
    cancelled = folder / "cancel"
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while child.poll() is None:
            if selector.select(PERIOD_SECONDS):
                _copy(child, output, selector)
            _reap(child.pid)
            if cancelled.exists():
                return _end(child, output, "cancelled")
            if _clock() >= deadline:
                return _end(child, output, "timed_out")
        _drain(child, output, selector, _clock() + DRAIN_SECONDS)
    return "exited"


def _drain(
    child: "subprocess.Popen[bytes]", output: "Output", selector: selectors.BaseSelector, deadline: float
) -> None:
    while selector.get_map() and _clock() < deadline and selector.select(PERIOD_SECONDS):
        _copy(child, output, selector)


def _copy(child: "subprocess.Popen[bytes]", output: "Output", selector: selectors.BaseSelector) -> None:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        data = os.read(child.stdout.fileno(), 1 << 16)
    except BlockingIOError:
        return
    if data:
        output.add(data)
    else:
        selector.unregister(child.stdout)
        if child.poll() is None:
            time.sleep(PERIOD_SECONDS)


def _end(child: "subprocess.Popen[bytes]", output: "Output", outcome: str) -> str:
    """TERM, then KILL, to the command and to all that came from it, wherever it went."""
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    deadline = _clock() + GRACE_SECONDS
    _signal_tree(signal.SIGTERM)
    while _descendants() and _clock() < deadline:
        with contextlib.suppress(BlockingIOError):
            output.add(os.read(child.stdout.fileno(), 1 << 16))
        child.poll()
        _reap(child.pid)
        time.sleep(PERIOD_SECONDS)
    while _descendants():
        _signal_tree(signal.SIGKILL)
        child.poll()
        _reap(child.pid)
        time.sleep(PERIOD_SECONDS)
    child.wait()
    return outcome


def _descendants() -> list[int]:
    """Every live process below this one; as their subreaper it is also the parent of those that forked away."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:  # noqa: PTH208, PTH112 - pathlib costs start-up
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - as above
                    fields = stat.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _signal_tree(number: signal.Signals) -> None:
    for pid in _descendants():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _reap(child: int) -> None:
    """Collects adopted orphans that have ended; the command itself is left to its own wait."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in (0, child):
            return
        os.waitpid(ended.si_pid, 0)


class Output:
    """The log: at most `cap` bytes, half for the beginning and half for the end, where errors are."""

    def __init__(self, path: Path, cap: int) -> None:
        self._path = path
        self._room = cap // 2
        self._tail_size = cap - self._room
        self._tail = bytearray()
        self._dropped = 0
        self._file = path.open("wb", buffering=0)

    def add(self, data: bytes) -> None:
        head, rest = data[: self._room], data[self._room :]
        if head:
            self._room -= len(head)
            self._write(head)
        if rest:
            self._tail += rest
            if len(self._tail) > 2 * self._tail_size:
                self._cut()

    def _cut(self) -> None:
        excess = len(self._tail) - self._tail_size
        if excess > 0:
            del self._tail[:excess]
            self._dropped += excess

    def close(self) -> None:
        self._cut()
        if self._dropped:
            self._write(f"\n[{self._dropped} bytes of output were left out here]\n".encode())
        self._write(bytes(self._tail))
        self._file.close()

    def _write(self, data: bytes) -> None:
        """A full disk costs the log, never the command's result."""
        try:
            self._file.write(data)
        except OSError:
            self._room = 0


def _clock() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _prctl(option: int, value: int = 1) -> None:
    """Linux only; elsewhere a process that forks away is found by its session alone."""
    try:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (OSError, AttributeError):
        return


def _write(path: Path, value: dict) -> None:  # type: ignore[type-arg]  # plain JSON
    """All of it or nothing, and on the disk when this returns."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    main(Path(sys.argv[1]))
