"""`make bench`: every figure in one run, printed and written to docs/benchmarks.md.

`make bench ONLY="console growth"` prints the figures of those parts, and leaves the page as it is.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


def main(only: Sequence[str]) -> None:
    sections = []
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        for name in only or PARTS:
            for section in PARTS[name](Path(folder) / name):
                sections.append(section)
                sys.stdout.write("".join(f"{figure}\n" for figure in section.figures))
                sys.stdout.flush()
    if not only:
        write_page(sections)


def _grown(folder: Path) -> Iterator[Section]:
    folder.mkdir()
    with grown(folder / "small", SMALL) as small, grown(folder / "large", LARGE) as large:
        yield growth(small, large)
        yield asyncio.run(idle(large))


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


PARTS: Mapping[str, Callable[[Path], Iterable[Section]]] = {
    "everyday": _everyday,
    "release": lambda folder: (asyncio.run(whole_release(folder)),),
    "rollback": lambda folder: (asyncio.run(rollback(folder)),),
    "console": lambda folder: (console(folder),),
    "growth": _grown,
    "gates": lambda folder: (gates(folder),),
    "verification": lambda _: (simulated(),),
}
"""In the order of the page."""


if __name__ == "__main__":
    main(sys.argv[1:])
