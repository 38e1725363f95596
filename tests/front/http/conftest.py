"""A small project under a daemon of its own that serves remote agents."""

from collections.abc import Iterator

import pytest

from tests.front.http.remote import Remote, serving
from tests.protocol.conftest import era, own, short_folder, small
from tests.protocol.installation import Installation

__all__ = ["era", "own", "short_folder", "small"]


@pytest.fixture
def remote(own: Installation) -> Iterator[Remote]:
    with serving(own) as remote:
        own.pin()
        yield remote
