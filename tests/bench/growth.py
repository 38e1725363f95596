"""What people and agents do most, in a store that has grown and in one that has not."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Bench
from tests.bench.section import Figure, Line, Plot, Section, ratio
from tests.bench.stdio import StdioClient
from tests.bench.stores import Size, grow
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.shop import Shop

ROUNDS = 200
GOAL = 1.2
SMALL, LARGE = 0, 9_999
"""How many projects there are beside the one that is asked for."""
METHOD = (
    "Two daemons have one SQLite store each: {small}, and {large}. The measured project has 1,000 entries in both. "
    "The calls alternate between the two daemons. Each figure is the median in the large store divided by the median "
    "in the small one."
)


@dataclass(frozen=True, slots=True)
class Grown:
    """A daemon on a store of that size, and what was measured of it: operations to the seconds of each call."""

    bench: Bench
    size: Size
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, name: str, action: Callable[[], object]) -> None:
        began = time.perf_counter()
        action()
        self.seconds.setdefault(name, []).append(time.perf_counter() - began)


@contextmanager
def grown(folder: Path, others: int) -> Iterator[Grown]:
    """A running daemon whose store was filled while it was down."""
    folder.mkdir()
    shop = Shop.create(folder)
    installation = Installation(folder / "home", shop.root, shop.environment, SENTINEL)
    installation.run("status")  # registers the project
    installation.stop()
    try:
        size = grow(installation.home / "sentinel.db", others)
        assert installation.run("daemon", "start").code == 0
        yield Grown(Bench(installation), size)
    finally:
        installation.stop()


def growth(small: Grown, large: Grown) -> Section:
    with ExitStack() as relays:
        clients = [(store, relays.enter_context(store.bench.relay())) for store in (small, large)]
        for _, client in clients:
            client.initialize()
        for number in range(ROUNDS):
            # Each of them goes first as often as the other.
            for store, client in clients if number % 2 else reversed(clients):
                _measure(store, client, number)
    return Section(
        "Growth",
        METHOD.format(small=small.size, large=large.size),
        tuple(_figures(small.seconds, large.seconds)),
        (_plot(small, large),),
    )


def _measure(store: Grown, client: StdioClient, number: int) -> None:
    person = store.bench.installation.operator
    store.timed("tools/list", lambda: client.call("tools/list"))
    store.timed("release_status", lambda: client.call("tools/call", name="release_status", arguments={}))
    store.timed("audit list", lambda: person.ask("newest_audit_entries", after=0, before=None, limit=50))
    if number % 2:
        store.timed("transition", lambda: person.ask("close_sprint"))
    else:
        store.timed("transition", lambda: person.ask("start_sprint", name="Autumn"))


def _figures(small: Mapping[str, list[float]], large: Mapping[str, list[float]]) -> Iterator[Figure]:
    for name, seconds in large.items():
        yield ratio(f"{name}: large store ÷ small store", seconds, small[name], GOAL)


def _plot(small: Grown, large: Grown) -> Plot:
    lines = tuple(
        Line(f"{name}, {which}", tuple(1000 * each for each in store.seconds[name]), group, dashed=store is small)
        for group, name in enumerate(large.seconds)
        for which, store in (("small", small), ("large", large))
    )
    return Plot("growth", "Latency in a small and in a large store", "milliseconds", lines, logarithmic=True)
