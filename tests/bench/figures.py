"""What a client costs when it starts and when it asks, held against a server of the plain SDK."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.section import Figure, Section, ratio
from tests.bench.stdio import StdioClient, resident_kib
from tests.protocol.installation import Installation

STARTS = 15
CALLS = 400
PLAIN = (sys.executable, "-m", "tests.bench.plain_server")
ROOT = str(Path(__file__).parents[2])
RELAY = (str(Path(sys.executable).with_name("sentinel")), "mcp", "--project")
METHOD = (
    "The plain server is a stdio server of the MCP SDK with one tool that does nothing. A cold start lasts from the "
    "start of the process to the answer of the first `tools/list`; the daemon runs already. The operating system "
    "reports the resident memory after these calls."
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A running daemon with one governed project."""

    installation: Installation

    def relay(self) -> StdioClient:
        project = str(self.installation.project)
        return StdioClient((*RELAY, project), self.installation.environment, project)

    def plain(self) -> StdioClient:
        return StdioClient(PLAIN, self.installation.environment, ROOT)


def clients(bench: Bench) -> Section:
    return Section("Clients", METHOD, (_cold_start(bench), _status_call(bench), *_memory(bench)))


def _cold_start(bench: Bench) -> Figure:
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(STARTS):
        ours.append(_start_to_list(bench.relay))
        plain.append(_start_to_list(bench.plain))
    return ratio("cold start of `sentinel mcp` ÷ plain server", ours, plain, 0.06)


def _start_to_list(start: Callable[[], StdioClient]) -> float:
    with start() as client:
        client.initialize()
        client.call("tools/list")
        return time.perf_counter() - client.began


def _status_call(bench: Bench) -> Figure:
    """Both servers are up; their calls take turns, so that the machine's noise is shared."""
    ours: list[float] = []
    plain: list[float] = []
    with bench.relay() as relay, bench.plain() as server:
        for client in (relay, server):
            client.initialize()
        for _ in range(CALLS):
            ours.append(_timed_call(relay, "release_status"))
            plain.append(_timed_call(server, "nothing"))
    return ratio("`release_status` ÷ no-op of the plain server", ours, plain, 1.2)


def _timed_call(client: StdioClient, tool: str) -> float:
    began = time.perf_counter()
    client.call("tools/call", name=tool, arguments={})
    return time.perf_counter() - began


def _memory(bench: Bench) -> tuple[Figure, ...]:
    """The daemon's process is known by its lock file."""
    daemon = int((bench.installation.home / "daemon.lock").read_text())
    with bench.relay() as relay:
        relay.initialize()
        relay.call("tools/list")
        relay_kib = relay.resident_kib()
    return (
        Figure("resident memory of the relay", relay_kib / 1024, 12, " MB"),
        Figure("resident memory of the daemon", resident_kib(daemon) / 1024, 110, " MB"),
    )
