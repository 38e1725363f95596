"""A shop to release, and an installation of its own that governs it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.installation import ERAS, Installation
from tests.protocol.shop import Shop


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
    installation = Installation(short_folder / "home", shop.root, shop.environment)
    yield installation
    installation.stop()


@pytest.fixture(params=sorted(ERAS))
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)
