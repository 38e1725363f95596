"""A few of the histories that `make histories` runs by the thousand."""

from pathlib import Path

import pytest

from tests.extent import in_full
from tests.histories.history import run_history

SET_BACK_IN_VERIFICATION = 625
COMMITS_THAT_FAIL = (3036, 6744, 8658)
FIRST = 8 if in_full() else 3


@pytest.mark.parametrize("seed", [*range(1, FIRST + 1), SET_BACK_IN_VERIFICATION, *COMMITS_THAT_FAIL])
def test_whatever_happens_sentinel_keeps_its_promises(seed: int, template: Path) -> None:
    report = run_history(seed, template)
    assert report.faults == (), f"make histories SEED={seed} shows what happened"


def test_one_number_is_one_history_to_the_last_word(template: Path) -> None:
    assert run_history(7, template) == run_history(7, template)
