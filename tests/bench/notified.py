"""From the commit of a transition until the last of many clients has been told that its list of tools changed."""

import asyncio
import json
import statistics
import time
from datetime import datetime
from pathlib import Path

from tests.bench.figures import Bench
from tests.bench.section import Figure, Line, Plot, Section

CLIENTS = 100
TRANSITIONS = 40
METHOD = (
    "{clients} clients read the list of tools, and read it again at every notification that it has changed. A sprint "
    "starts or closes. The time is from its audit entry until the last client has its notification."
)


class Listener:
    """One client of the 2025 era on the agent socket itself; notes when it is told of a changed list."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.told_at: asyncio.Queue[float] = asyncio.Queue()

    @classmethod
    async def open(cls, socket: Path, project: Path) -> "Listener":
        listener = cls(*await asyncio.open_unix_connection(str(socket), limit=2**20))
        hello = {"sentinel": 1, "relay": "0.1.0", "directory": str(project), "locked_tools": "hide"}
        await listener._write(hello)
        await listener._reader.readline()
        info = {"name": "bench", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
        await listener._write({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
        await listener._reader.readline()
        await listener._write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        await listener._write({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
        await listener._reader.readline()
        return listener

    async def listen(self) -> None:
        """Asks for the list again each time, as clients do; what it gets is not parsed, which would be our own time."""
        while line := await self._reader.readline():
            if b'"notifications/tools/list_changed"' in line:
                self.told_at.put_nowait(time.time())
                await self._write({"jsonrpc": "2.0", "id": 3, "method": "tools/list"})

    def close(self) -> None:
        self._writer.close()

    async def _write(self, message: object) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")
        await self._writer.drain()


async def notified(bench: Bench) -> Section:
    """The time of a commit is that of its audit entry, which the store takes just before it commits."""
    home, project = bench.installation.home, bench.installation.project
    listeners = [await Listener.open(home / "run" / "agent.sock", project) for _ in range(CLIENTS)]
    tasks = [asyncio.create_task(listener.listen()) for listener in listeners]
    delays: list[float] = []
    for number in range(TRANSITIONS):
        await asyncio.to_thread(_turn, bench, number)
        told = [await asyncio.wait_for(listener.told_at.get(), 20) for listener in listeners]
        delays.append(max(told) - await asyncio.to_thread(_last_commit, bench))
    for task, listener in zip(tasks, listeners, strict=True):
        task.cancel()
        listener.close()
    p99 = statistics.quantiles(delays, n=100, method="inclusive")[98]
    detail = f"{TRANSITIONS} transitions, median {1000 * statistics.median(delays):.0f} ms"
    figure = Figure(f"commit → last of {CLIENTS} clients notified, p99", 1000 * p99, 50, " ms", detail)
    line = Line("last client told", tuple(1000 * delay for delay in delays), 0)
    plot = Plot("notified", f"From a commit until {CLIENTS} clients have been told", "milliseconds", (line,))
    return Section("Notification", METHOD.format(clients=CLIENTS), (figure,), (plot,))


def _turn(bench: Bench, number: int) -> None:
    """As `sprint start` and `sprint close` ask, of which the latter wants a terminal."""
    operator = bench.installation.operator
    if number % 2:
        operator.ask("close_sprint")
    else:
        operator.ask("start_sprint", name=f"Sprint {number}")


def _last_commit(bench: Bench) -> float:
    listed = bench.installation.run("audit", "list", "--json", "--limit", "1").json["entries"]
    return datetime.fromisoformat(listed[0]["at"]).timestamp()
