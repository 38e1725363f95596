"""The text of an answer stands alone: the sentence first, then everything that a reader needs."""

from datetime import timedelta

from sentinel.core.release.model import BlockedBy, OperationKind
from sentinel.core.tools.status import status_of
from sentinel.core.tools.status_text import status_text
from tests.front.mcp import documents
from tests.front.mcp.documents import NOON, SOAK, later


def test_the_first_line_is_the_sentence_and_nothing_else() -> None:
    sentence = "Soak Time Violation. Production unlock in 09:45."
    now = later(NOON, timedelta(seconds=15))
    status = status_of(documents.soaking(), now, trust="advisory", ok=False, message=sentence)
    lines = status_text(status).splitlines()
    assert lines == [
        sentence,
        "",
        "Next: Wait for the end of the soak with `release_status(wait_seconds=45)`.",
        'Next: When it is over, call `deploy(target="production", version="v1.2.0")`.',
        "State of shop: SOAKING (sprint Autumn); trust: advisory",
        "Locked: deploy(production) (09:45 left): Production unlocks when the soak is over.",
        f"Release: v1.2.0 at {'c' * 12}, 5 files, +120/-40, 1 artifact",
    ]


def test_what_runs_and_what_waits_is_said() -> None:
    running = documents.operating(documents.active(), OperationKind.TESTS)
    assert "Running: tests, starting (running, op1)" in status_text(status_of(running, NOON, trust="advisory"))
    over = later(NOON, SOAK)
    waiting = documents.awaiting(documents.operating(documents.soaking(), OperationKind.PROMOTION), over)
    text = status_text(status_of(waiting, over, trust="separated"))
    assert "Waiting for a human: the deployment's approval, until 12:25:00 UTC" in text.splitlines()


def test_what_to_do_stands_apart_from_the_output_that_it_is_about() -> None:
    blocks = (
        BlockedBy(gate="tests", message="The tests failed.\nFAILED (errors=1)", fix="Call `run_tests`."),
        BlockedBy(gate="sprint", message="1 task is open.", fix="Finish it."),
    )
    status = status_of(documents.active(), NOON, trust="advisory", ok=False, message="No.", blocked_by=blocks)
    lines = status_text(status).splitlines()
    assert lines[lines.index("FAILED (errors=1)") + 1] == "Call `run_tests`."
    assert "Blocked by sprint: 1 task is open. Finish it." in lines
