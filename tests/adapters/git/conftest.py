"""What the tests of git share."""

from pathlib import Path

import pytest

from sentinel.adapters.keys.tag_key import SigningKey, ensure_key
from tests.adapters.repositories import Scene, scene


@pytest.fixture
def at(tmp_path: Path) -> Scene:
    """A working copy, its remote and a mirror."""
    return scene(tmp_path)


@pytest.fixture
async def key(at: Scene) -> SigningKey:
    """The daemon's own ssh key."""
    return await ensure_key(at.folder / "daemon" / "keys", "ssh", "", environ=at.work.environ)
