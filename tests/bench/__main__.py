"""`make bench`: the figures of the main job, medians and ratios in one run."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Bench, cold_start, memory, status_call
from tests.bench.notified import notified
from tests.protocol.installation import Installation
from tests.protocol.shop import Shop


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        shop = Shop.create(Path(folder))
        installation = Installation(Path(folder) / "home", shop.root, shop.environment)
        assert installation.trust().code == 0
        try:
            # As it is on all days but the first: a daemon that has no store to make.
            installation.stop()
            assert installation.run("daemon", "start").code == 0
            bench = Bench(installation)
            figures = [*cold_start(bench), *status_call(bench), *memory(bench), *asyncio.run(notified(bench))]
        finally:
            installation.stop()
    sys.stdout.write("".join(f"{figure}\n" for figure in figures))


if __name__ == "__main__":
    main()
