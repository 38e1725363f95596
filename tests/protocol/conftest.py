"""A shop to release, and an installation of its own that governs it; small projects, which share a daemon."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import Live
from tests.protocol.shop import Shop
from tests.protocol.small import Small, two_services


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket, which pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def shop(short_folder: Path) -> Iterator[Shop]:
    shop = Shop.create(short_folder)
    yield shop
    shop.close()


@pytest.fixture
def installation(short_folder: Path, shop: Shop) -> Iterator[Installation]:
    installation = Installation(short_folder / "home", shop.root, shop.environment, SENTINEL)
    yield installation
    installation.stop()


@pytest.fixture(scope="session")
def shared_daemon() -> Iterator[Installation]:
    """A daemon that governs the small projects of many tests: starting one takes longer than releasing one of them."""
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as folder:
        shared = Installation(Path(folder) / "home", Path(folder))
        while shared.run("daemon", "start").code:  # a busy machine takes longer than the command waits
            assert "does not answer yet" in shared.run("daemon", "start").err
        yield shared
        shared.stop()


@pytest.fixture
def small(short_folder: Path) -> Iterator[Small]:
    with two_services() as services:
        yield Small.create(short_folder, f"small-{secrets.token_hex(4)}", *services)


@pytest.fixture
def site(shared_daemon: Installation, small: Small) -> Installation:
    """The small project under the shared daemon."""
    return Installation(shared_daemon.home, small.root)


@pytest.fixture
def own(short_folder: Path, small: Small) -> Iterator[Installation]:
    """The small project under a daemon of its own, which a test may stop, kill and configure."""
    own = Installation(short_folder / "home", small.root)
    yield own
    own.stop()


@pytest.fixture
def live(small: Small) -> Live:
    return Live.create(small)
