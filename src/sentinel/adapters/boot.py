"""Identities that outlive a process: the boot, the suspend-inclusive clock, and when a process started."""

import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Names this boot of the machine; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def boot_seconds() -> float:
    """Seconds since boot, time asleep included where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def process_start(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None where there is no such process.

    Together with the boot it tells a process from another one that was given its number.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])
