"""Small projects under a daemon that serves remote agents; it is shared, and a test may have one of its own."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.front.http.remote import Remote, serving
from tests.preloaded.start import IN_EARNEST, preloaded
from tests.protocol.conftest import live, own, short_folder, small
from tests.protocol.installation import Installation
from tests.protocol.small import Small

__all__ = ["live", "own", "short_folder", "small"]


@pytest.fixture(scope="session")
def shared_remote() -> Iterator[Remote]:
    with (
        tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as folder,
        serving(Installation(Path(folder) / "home", Path(folder), program=preloaded(IN_EARNEST))) as remote,
    ):
        yield remote


@pytest.fixture
def remote(shared_remote: Remote, small: Small) -> Remote:
    """The small project, trusted, under the shared daemon."""
    site = Installation(shared_remote.site.home, small.root)
    site.pin()
    return replace(shared_remote, site=site)
