"""What `make crash` wraps is there: a function that got another name is missed in seconds, not after hours."""

from pathlib import Path

import pytest

from tests.crash.between_commits import Place, places
from tests.crash.crash_points import CrashPoints

PLACES = places(CrashPoints(Path("died"), host=None, fault="killed"))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.name))
def test_where_a_daemon_dies_there_is_a_function_of_that_name(place: Place) -> None:
    assert callable(getattr(place.owner, place.name, None))
