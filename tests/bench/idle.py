"""What a daemon costs while its clients are connected and nobody does anything."""

import asyncio
import os
import time
from pathlib import Path

from tests.bench.growth import Grown
from tests.bench.notified import CLIENTS, Listener
from tests.bench.section import Figure, Section
from tests.bench.stdio import resident_kib

SECONDS = 15.0
METHOD = (
    "{clients} clients on the agent socket of the daemon with the large store ({size}): each has initialized and read "
    "the list of tools. Then they send nothing for {seconds:g} seconds. The operating system reports the processor "
    "time of the daemon, and its resident memory at the end."
)


async def idle(large: Grown) -> Section:
    installation = large.bench.installation
    daemon = int((installation.home / "daemon.lock").read_text())
    socket = installation.home / "run" / "agent.sock"
    listeners = [await Listener.open(socket, installation.project) for _ in range(CLIENTS)]
    used, began = _processor_seconds(daemon), time.monotonic()
    await asyncio.sleep(SECONDS)
    share = (_processor_seconds(daemon) - used) / (time.monotonic() - began)
    resident = resident_kib(daemon) / 1024
    for listener in listeners:
        listener.close()
    return Section(
        f"{CLIENTS} idle clients",
        METHOD.format(clients=CLIENTS, size=large.size, seconds=SECONDS),
        (
            Figure("resident memory of the daemon", resident, 120, " MB"),
            Figure("processor time of the daemon", 100 * share, 1, " %", "of one core"),
        ),
    )


def _processor_seconds(pid: int) -> float:
    """User and system time, fields 14 and 15 of the process's status; its name before them may contain spaces."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
