"""A stdio client of bare lines, so that what is measured is the server and not a client library."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self


class StdioClient:
    """Starts a server and speaks the 2025 era with it; a context manager that ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: str) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._next = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def initialize(self) -> None:
        info = {"name": "bench", "version": "1"}
        self.call("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=info)
        self._write({"method": "notifications/initialized"})

    def call(self, method: str, **params: Any) -> Any:
        self._next += 1
        self._write({"id": self._next, "method": method, "params": params})
        while (message := self.read()).get("id") != self._next:
            pass
        return message["result"]

    def read(self) -> Any:
        """The next message; blocks until there is one."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def resident_kib(self) -> int:
        return resident_kib(self.process.pid)

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()


def resident_kib(pid: int) -> int:
    """Resident memory, as the system counts it."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:  # noqa: PTH123 - of the system
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
