"""What a call that waits tells of its progress."""

import pytest

from sentinel.core.release.states import PDV_FAILURE
from sentinel.front.mcp.calls import progress_line


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("ACTIVE: tests is running, at tests.", "ACTIVE: tests is running, at tests."),
        (
            "ACTIVE. The tests command ended with exit code 1.\n40 lines",
            "ACTIVE. The tests command ended with exit code 1.",
        ),
        (
            f"{PDV_FAILURE}\nROLLING_BACK: rollback is running, at health.\n76 of 76 probes failed.",
            f"{PDV_FAILURE}\nROLLING_BACK: rollback is running, at health.",
        ),
        (PDV_FAILURE, PDV_FAILURE),
    ],
)
def test_progress_is_the_line_that_says_what_runs_below_the_protocols_own_sentence(message: str, line: str) -> None:
    assert progress_line(message) == line
