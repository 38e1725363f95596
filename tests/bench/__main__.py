"""`make bench`: every figure in one run, printed and written to docs/benchmarks.md."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.console import console
from tests.bench.figures import Bench, clients
from tests.bench.gates import gates
from tests.bench.growth import LARGE, SMALL, grown, growth
from tests.bench.guard import guard
from tests.bench.idle import idle
from tests.bench.notified import notified
from tests.bench.page import write_page
from tests.bench.rollback import rollback
from tests.bench.section import Section
from tests.bench.simulated import simulated
from tests.bench.status import status
from tests.bench.whole_release import whole_release
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.shop import Shop


def main() -> None:
    sections = []
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        for section in _sections(Path(folder)):
            sections.append(section)
            sys.stdout.write("".join(f"{figure}\n" for figure in section.figures))
            sys.stdout.flush()
    write_page(sections)


def _sections(folder: Path) -> Iterator[Section]:
    yield from _everyday(folder)
    yield asyncio.run(whole_release(folder / "release"))
    yield asyncio.run(rollback(folder / "rollback"))
    yield console(folder / "console")
    with grown(folder / "small", SMALL) as small, grown(folder / "large", LARGE) as large:
        yield growth(small, large)
        yield asyncio.run(idle(large))
    yield gates(folder / "gates")
    yield simulated()


def _everyday(folder: Path) -> Iterator[Section]:
    shop = Shop.create(folder)
    installation = Installation(folder / "home", shop.root, shop.environment, SENTINEL)
    assert installation.trust().code == 0
    try:
        # As it is on all days but the first: a daemon that has no store to make.
        installation.stop()
        assert installation.run("daemon", "start").code == 0
        bench = Bench(installation)
        yield clients(bench)
        yield status(bench)
        yield guard(bench)
        yield asyncio.run(notified(bench))
    finally:
        installation.stop()


if __name__ == "__main__":
    main()
