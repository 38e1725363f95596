"""`make fuzz N=10000` lives through so many cases; `SEED=1234` lives through one and shows it.

`FIRST=5000` is the number of the first of many.
"""

import asyncio
import sys

from tests.fuzz.attack import carry_out
from tests.fuzz.generator import case
from tests.fuzz.judgement import faults
from tests.fuzz.storm import Aftermath, storm
from tests.fuzz.target import attacked

SHOWN = 700
"""Bytes of what was said on either side."""


def _many(first: int, many: int) -> int:
    with attacked() as target:
        after = asyncio.run(storm(target, range(first, first + many)))
    for fault in after.faults:
        print(fault, flush=True)  # noqa: T201
    print(_figures(after))  # noqa: T201
    return len(after.faults)


def _figures(after: Aftermath) -> str:
    return (
        f"{after.cases} cases over {after.connections} connections in {after.seconds:.0f} s: {after.sent} bytes sent, "
        f"{after.received} received, {len(after.faults)} faults; memory {after.memory / 2**20:+.1f} MiB; "
        f"witnesses {after.told.served}, the slowest answer {after.told.slowest:.2f} s"
    )


def _show(seed: int) -> int:
    with attacked() as target:
        exchanges = asyncio.run(carry_out(case(seed), target))
        found = [fault for exchange in exchanges for fault in faults(exchange, target)]
        said = target.log.read_text(errors="replace")[-SHOWN:]
    for exchange in exchanges:
        link = exchange.link
        print(f"== {link.place}: {len(link.pieces)} pieces, {link.pause} s between them, then {link.ending}")  # noqa: T201
        print(f"> {exchange.sent[:SHOWN]!r}\n< {exchange.received[:SHOWN]!r}")  # noqa: T201
    print("== the daemon's log", said, *(f"FAULT {fault}" for fault in found), sep="\n")  # noqa: T201
    return len(found)


if __name__ == "__main__":
    _, what, number, *first = sys.argv
    bad = _show(int(number)) if what == "seed" else _many(int(first[0]) if first else 1, int(number))
    sys.exit(1 if bad else 0)
