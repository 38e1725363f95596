"""The arguments of the tools: what is accepted, and what becomes of hostile words."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from sentinel.core.tools.catalog import (
    DEFAULT_LONGEST_WAIT_SECONDS,
    AbandonRelease,
    Deploy,
    EmergencyRollback,
    HoldRelease,
    PrepareRelease,
    PreviewRelease,
    ReleaseStatusRequest,
    RunTests,
    StartSprint,
    Tool,
)
from sentinel.core.values.frozen import Frozen


@pytest.mark.parametrize(
    ("tool", "arguments", "request_made"),
    [
        ("release_status", {}, ReleaseStatusRequest(wait_seconds=0)),
        ("release_status", {"wait_seconds": 50}, ReleaseStatusRequest(wait_seconds=DEFAULT_LONGEST_WAIT_SECONDS)),
        ("start_sprint", {"name": " Autumn "}, StartSprint(name="Autumn")),
        ("run_tests", {}, RunTests()),
        ("prepare_release", {"type": "minor"}, PrepareRelease(type="minor")),
        ("preview_release", {}, PreviewRelease()),
        ("preview_release", {"type": ""}, PreviewRelease()),
        ("preview_release", {"type": "minor"}, PreviewRelease(type="minor")),
        ("hold_release", {"reason": " It looks\n wrong. "}, HoldRelease(reason="It looks wrong.")),
        ("deploy", {"target": "staging"}, Deploy(target="staging")),
        ("deploy", {"target": "production", "version": "v1.2.0"}, Deploy(target="production", version="v1.2.0")),
        ("emergency_rollback", {"reason": "It is slow.\n\tVery."}, EmergencyRollback(reason="It is slow. Very.")),
        ("abandon_release", {"reason": "no"}, AbandonRelease(reason="no")),
    ],
)
def test_what_the_design_names_is_accepted(tool: str, arguments: dict[str, object], request_made: Frozen) -> None:
    assert Tool[tool.upper()].entry.request.model_validate(arguments, strict=True) == request_made


NO_WAITS: list[object] = [True, 2.5, float("nan"), float("inf"), 1e30, [5], {}]
NO_WAITS_AS_TEXT = ["-1", "+5", "5s", "1e1", "0x5", "5.5", "٣", "9" * 5000, "true", "null"]


@pytest.mark.parametrize("value", [*NO_WAITS, *NO_WAITS_AS_TEXT])
def test_what_is_no_whole_number_is_no_wait(value: object) -> None:
    with pytest.raises(ValidationError):
        Tool.RELEASE_STATUS.entry.request.model_validate({"wait_seconds": value}, strict=True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2", 2), (" 2 ", 2), ("2.0", 2), ("0", 0), ("007", 7), (2.0, 2), (0.0, 0), (-0.0, 0), (None, 0), ("", 0)],
)
def test_a_wait_is_taken_as_clients_write_it(written: object, meant: int) -> None:
    made = Tool.RELEASE_STATUS.entry.request.model_validate({"wait_seconds": written}, strict=True)
    assert made == ReleaseStatusRequest(wait_seconds=meant)


@pytest.mark.parametrize("nothing", ["", "  ", "\n", None])
@pytest.mark.parametrize("target", ["staging", "production"])
def test_an_empty_version_is_none(target: str, nothing: object) -> None:
    made = Tool.DEPLOY.entry.request.model_validate({"target": target, "version": nothing}, strict=True)
    assert made == Deploy.model_validate({"target": target})
    padded = Tool.DEPLOY.entry.request.model_validate({"target": target, "version": " v1.2.0 "}, strict=True)
    assert padded == Deploy.model_validate({"target": target, "version": "v1.2.0"})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("release_status", {"wait_seconds": -1}),
        ("release_status", {"wait_seconds": 3601}),
        ("start_sprint", {}),
        ("start_sprint", {"name": ""}),
        ("start_sprint", {"name": " \n"}),
        ("start_sprint", {"name": "a" * 101}),
        ("run_tests", {"suite": "unit"}),
        ("prepare_release", {"type": "huge"}),
        ("deploy", {"target": "prod"}),
        ("deploy", {"target": None}),
        ("deploy", {"target": ""}),
        ("deploy", {"target": "production", "version": 1.2}),
        ("deploy", {"target": "production", "version": ["v1.2.0"]}),
        ("prepare_release", {"type": None}),
        ("start_sprint", {"name": None}),
        ("emergency_rollback", {"reason": ""}),
        ("deploy", {"target": "production", "version": "1" * 81}),
        ("emergency_rollback", {"reason": "a" * 501}),
        ("abandon_release", {"reason": None}),
    ],
)
def test_anything_else_is_refused(tool: str, arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Tool[tool.upper()].entry.request.model_validate(arguments, strict=True)


@example(text="\x1c")
@given(text=st.text(min_size=1, max_size=80))
def test_an_agents_words_reach_people_on_one_line_of_visible_characters(text: str) -> None:
    try:
        words = (StartSprint(name=text).name, EmergencyRollback(reason=text).reason, AbandonRelease(reason=text).reason)
    except ValidationError:
        assert not text.split()
        return
    version = Deploy(target="production", version=text).version
    for shown in (*words, version or "none"):
        assert shown
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in shown)
