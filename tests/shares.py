"""The order of tests for several workers: each begins with its share of those that wait for other processes.

A worker waits while others compute, and what remains at the end is short. Workers take tests from each other, so this
is a matter of time alone: every test can still run anywhere and at any moment.
"""

import os
from collections.abc import Sequence
from itertools import islice

import pytest

WAITING = (
    "tests/adapters/git/test_odd_repositories.py",
    "tests/demo/",
    "tests/front/http/",
    "tests/histories/",
    "tests/launch/",
    "tests/protocol/",
    "tests/setup/init/test_runs.py",
    "tests/test_daemon_",
)
"""Where the tests of half a second and more are: `make durations`."""


def in_shares(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """`items`, so that equal parts of the list, one for each worker, begin with the tests that wait."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return list(items)
    database = [item for item in items if _on_postgresql(item)]
    waiting = [item for item in items if item.nodeid.startswith(WAITING) and not _on_postgresql(item)]
    first = {*database, *waiting}
    short = (item for item in items if item not in first)
    shares = [waiting[worker::workers] for worker in range(workers)]
    shares[0] += database  # the other workers start no server, unless they take these tests over
    size = -(-len(items) // workers)
    return [item for share in shares for item in (*share, *islice(short, max(0, size - len(share))))]


def _on_postgresql(item: pytest.Item) -> bool:
    given = getattr(item, "callspec", None)
    servers = {"postgres_server", "postgres_url", "empty_postgres_url"}
    return "postgresql" in (given.params.values() if given else ()) or not servers.isdisjoint(
        getattr(item, "fixturenames", ())
    )
