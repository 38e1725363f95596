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
            bench = Bench(installation)
            figures = [*cold_start(bench), *status_call(bench), *asyncio.run(notified(bench)), *memory(bench)]
        finally:
            installation.stop()
    sys.stdout.write("".join(f"{figure}\n" for figure in figures))


if __name__ == "__main__":
    main()
