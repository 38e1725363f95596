"""The gates of a large repository, held against what git itself takes for as much."""

import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import Bench
from tests.bench.repositories import COMMITS, FILES, large_repository
from tests.bench.section import Figure, Section
from tests.bench.stdio import StdioClient
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.shop import Shop

ROUNDS = 3
BLOCKED = "Release Blocked. You have 1 Open Task and No Test Run."
"""Which gates do not hold; all others do."""
METHOD = (
    "The repository has {files:,} files and {commits:,} commits. The time is that of the whole call of "
    "`prepare_release` through the daemon. An open task blocks the release before the build, so the call evaluates "
    "all gates and does nothing else. It fetches into the mirror (which `sentinel trust` has made), evaluates policy "
    "and trust, tasks, changelog and version, and compares every file of the working copy with the commit. The call "
    "alternates with `git status` and `git clone --local --shared` of the same repository, whose times are added up."
)


def gates(folder: Path) -> Section:
    folder.mkdir()
    shop = large_repository(folder)
    installation = Installation(folder / "home", shop.root, shop.environment, SENTINEL)
    installation.run("status")
    evaluated: list[float] = []
    asked: list[float] = []
    cloned: list[float] = []
    try:
        installation.pin()
        installation.operator.ask("start_sprint", name="Autumn")
        with Bench(installation).relay() as client:
            client.initialize()
            _evaluate(client)  # reads everything into the system's cache
            for _ in range(ROUNDS):
                evaluated.append(_timed(lambda: _evaluate(client)))
                asked.append(_timed(lambda: shop.git("status", "--porcelain")))
                cloned.append(_timed(lambda: _clone(shop, folder / "clone")))
                shutil.rmtree(folder / "clone")
    finally:
        installation.stop()
    return Section(
        "Gates of a large repository", METHOD.format(files=FILES, commits=COMMITS), (_figure(evaluated, asked, cloned),)
    )


def _figure(*seconds: list[float]) -> Figure:
    gates, status, clone = (statistics.median(each) for each in seconds)
    detail = f"medians of {ROUNDS}: {gates:.3g} s, {status:.3g} s and {clone:.3g} s"
    return Figure("gates ÷ (`git status` + `git clone --local --shared`)", gates / (status + clone), 1.3, "", detail)


def _evaluate(client: StdioClient) -> None:
    """Again where the call came back before the operation ended, which it then follows."""
    while (sentence := _sentence(client)) != BLOCKED:
        assert " is running" in sentence, sentence


def _sentence(client: StdioClient) -> str:
    result = client.call("tools/call", name="prepare_release", arguments={"type": "minor"})
    return str(result["content"][0]["text"]).partition("\n")[0]


def _clone(shop: Shop, into: Path) -> None:
    shop.git("clone", "--quiet", "--local", "--shared", str(shop.root), str(into))


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
