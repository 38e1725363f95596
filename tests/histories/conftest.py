"""An empty store that every history begins with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.histories.template import new_template


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    with new_template() as path:
        yield path
