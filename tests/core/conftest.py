"""What the tests of the core share."""

import pytest

from tests.core.exploration import Exploration, explore


@pytest.fixture(scope="session")
def found() -> Exploration:
    """Every reachable project document."""
    return explore()
