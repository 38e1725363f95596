"""Findings of Sentinel's own: which events are one finding, and when locked calls become high."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.audit.findings import (
    Finding,
    Severity,
    locked_call_severity,
    own_finding,
    recent_calls,
)
from tests.core.projects import NOON

SECOND = timedelta(seconds=1)


def severities(*seconds: float) -> list[str]:
    """How severe each locked call is, made so many seconds after noon."""
    calls: tuple[datetime, ...] = ()
    found = []
    for second in seconds:
        calls = recent_calls(calls, NOON + second * SECOND)
        found.append(locked_call_severity(calls).value)
    return found


@pytest.mark.requirement("P1.1-audit")
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0], "low"),
        ([0, 1], "low low"),
        ([0, 1, 2], "low low high"),
        ([0, 0, 0], "low low high"),
        ([0, 30, 59.999], "low low high"),
        ([0, 30, 60], "low low low"),
        ([0, 1, 61], "low low low"),
        ([0, 30, 60, 89], "low low low high"),
        ([0, 1, 2, 3, 4], "low low high high high"),
        ([0, 1, 2, 100], "low low high low"),
        ([0, 70, 140, 210], "low low low low"),
        ([100, 50, 49], "low low high"),
    ],
)
def test_the_third_locked_call_within_a_minute_is_high(seconds: list[float], expected: str) -> None:
    assert severities(*seconds) == expected.split()


@given(st.lists(st.floats(0, 1000), max_size=30))
def test_a_call_is_high_exactly_where_two_others_were_within_the_minute_before(seconds: list[float]) -> None:
    ordered = [NOON + second * SECOND for second in sorted(seconds)]
    expected = [
        "high" if sum(at - before < 60 * SECOND for before in ordered[:number]) >= 2 else "low"
        for number, at in enumerate(ordered)
    ]
    assert severities(*sorted(seconds)) == expected


@given(st.lists(st.floats(0, 1000), max_size=30))
def test_no_more_calls_are_kept_than_count(seconds: list[float]) -> None:
    calls: tuple[datetime, ...] = ()
    for second in seconds:
        calls = recent_calls(calls, NOON + second * SECOND)
        assert len(calls) <= 3


def finding(**changed: object) -> Finding:
    values: dict[str, object] = {
        "session": "sprint-1",
        "severity": Severity.HIGH,
        "rule": "MovedTag",
        "message": "It moved.",
        "at": NOON,
    }
    return own_finding(**{**values, **changed})  # type: ignore[arg-type]


def test_a_finding_of_sentinels_own_says_where_it_comes_from() -> None:
    found = finding()
    assert (found.session, found.severity, found.rule, found.message) == (
        "sprint-1",
        Severity.HIGH,
        "MovedTag",
        "It moved.",
    )
    assert (found.source, found.found_at) == ("sentinel", NOON)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"severity": Severity.LOW}, True),
        ({"session": "sprint-2"}, False),
        ({"rule": "TagMissing"}, False),
        ({"message": "It moved again."}, False),
        ({"at": NOON + timedelta(microseconds=1)}, False),
        ({"session": "sprint-1MovedTag", "rule": ""}, False),
    ],
)
def test_the_same_event_of_the_same_moment_is_one_finding(changed: dict[str, object], *, same: bool) -> None:
    assert (finding(**changed).fingerprint == finding().fingerprint) is same
