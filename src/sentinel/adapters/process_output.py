"""The bounded output of a process: so many bytes, until a deadline, and then its whole process group is gone."""

import os
import selectors
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from anyio import from_thread

if TYPE_CHECKING:
    import subprocess

_CHUNK = 65536
STDERR_LIMIT = 65536
_CANCEL_CHECK = 0.2


class OutputLimitError(Exception):
    """The process wrote more than it may."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a process ended and what it wrote; of standard error at most 64 KiB."""

    status: int
    stdout: bytes
    stderr: bytes


def collect(process: "subprocess.Popen[bytes]", *, timeout: float, limit: int) -> Output:
    """The output of `process`, which leads its own session; called in a worker thread of anyio.

    Raises TimeoutError after `timeout` seconds, OutputLimitError beyond `limit` bytes, and the cancellation of the
    task that waits. Whatever happens, nothing of the process group is left behind.
    """
    try:
        stdout, stderr = _pump(process, time.monotonic() + timeout, limit)
        return Output(process.wait(), stdout, stderr)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _pump(process: "subprocess.Popen[bytes]", deadline: float, limit: int) -> tuple[bytes, bytes]:
    out, err = bytearray(), bytearray()
    stdout, stderr = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ, out)
        selector.register(stderr, selectors.EVENT_READ, err)
        while selector.get_map():
            for key, _ in selector.select(_CANCEL_CHECK):
                chunk = os.read(key.fd, _CHUNK)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            _check(out, deadline, limit)
            del err[STDERR_LIMIT:]
    return bytes(out), bytes(err)


def _check(out: bytearray, deadline: float, limit: int) -> None:
    from_thread.check_cancelled()
    if len(out) > limit:
        raise OutputLimitError
    if time.monotonic() > deadline:
        raise TimeoutError
