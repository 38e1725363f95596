"""`make histories N=10000` runs so many histories; `SEED=1234` runs one and shows it.

`FIRST=5000` is the number of the first of many.
"""

import multiprocessing
import os
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.histories.history import Report, run_history
from tests.histories.template import new_template


def _run_many(first: int, many: int) -> int:
    """The number of histories in which something was wrong."""
    began, bad, events = time.monotonic(), 0, Counter[str]()
    with new_template() as empty, multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for number, report in enumerate(
            pool.imap_unordered(partial(_one, template=empty), range(first, first + many)), 1
        ):
            events.update(report.events)
            if report.faults:
                bad += 1
                print(f"SEED={report.seed}: {report.faults[0].strip()}", flush=True)  # noqa: T201
            if number % 100 == 0 or number == many:
                seconds = time.monotonic() - began
                print(f"{number} histories in {seconds:.0f} s, {bad} bad", flush=True)  # noqa: T201
    print("In how many of them each event came about:", dict(sorted(events.items())))  # noqa: T201
    return bad


def _one(seed: int, *, template: Path) -> Report:
    report = run_history(seed, template)
    return Report(seed, report.faults, (), report.events)


def _show(seed: int) -> int:
    with new_template() as empty:
        report = run_history(seed, empty)
    print("\n".join([*report.trace, *(f"FAULT {fault}" for fault in report.faults)]))  # noqa: T201
    return len(report.faults)


if __name__ == "__main__":
    _, what, number, *first = sys.argv
    bad = _show(int(number)) if what == "seed" else _run_many(int(first[0]) if first else 1, int(number))
    sys.exit(1 if bad else 0)
