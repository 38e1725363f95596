"""What is measured, each as one function that returns its figures."""

import statistics
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


@dataclass(frozen=True, slots=True)
class Bench:
    """A running daemon with one governed project."""

    installation: Installation

    def relay(self) -> StdioClient:
        project = str(self.installation.project)
        return StdioClient((*RELAY, project), self.installation.environment, project)

    def plain(self) -> StdioClient:
        return StdioClient(PLAIN, self.installation.environment, ROOT)


def cold_start(bench: Bench) -> list[Figure]:
    """From the start of the process to the answer of the first tools/list; both kinds take turns."""
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(STARTS):
        ours.append(_start_to_list(bench.relay))
        plain.append(_start_to_list(bench.plain))
    a, b = statistics.median(ours), statistics.median(plain)
    detail = f"medians of {STARTS}: {1000 * a:.0f} ms and {1000 * b:.0f} ms"
    return [Figure("cold start of `sentinel mcp` ÷ plain SDK server", a / b, 0.06, "", detail)]


def _start_to_list(start: Callable[[], StdioClient]) -> float:
    with start() as client:
        client.initialize()
        client.call("tools/list")
        return time.perf_counter() - client.began


def status_call(bench: Bench) -> list[Figure]:
    """Both servers are up; their calls take turns, so that the machine's noise is shared."""
    ours: list[float] = []
    plain: list[float] = []
    with bench.relay() as relay, bench.plain() as server:
        for client in (relay, server):
            client.initialize()
        for _ in range(CALLS):
            ours.append(_timed_call(relay, "release_status"))
            plain.append(_timed_call(server, "nothing"))
    a, b = statistics.median(ours), statistics.median(plain)
    detail = f"p50 of {CALLS}: {1000 * a:.2f} ms and {1000 * b:.2f} ms"
    return [Figure("release_status ÷ no-op of the plain SDK server", a / b, 1.2, "", detail)]


def _timed_call(client: StdioClient, tool: str) -> float:
    began = time.perf_counter()
    client.call("tools/call", name=tool, arguments={})
    return time.perf_counter() - began


def memory(bench: Bench) -> list[Figure]:
    """After the calls before it; the daemon's process by its lock file."""
    daemon = int((bench.installation.home / "daemon.lock").read_text())
    with bench.relay() as relay:
        relay.initialize()
        relay.call("tools/list")
        relay_kib = relay.resident_kib()
    return [
        Figure("resident memory of the relay", relay_kib / 1024, 12, " MB"),
        Figure("resident memory of the daemon", resident_kib(daemon) / 1024, 110, " MB"),
    ]
