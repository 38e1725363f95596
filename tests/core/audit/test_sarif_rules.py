"""Which rule a SARIF result violates: by id or by index, of the driver or of an extension."""

import pytest

from tests.core.sarif_logs import only, result

HIGH = {"properties": {"security-severity": "9.0"}}
DRIVER = [{"id": "low"}, {"id": "high", **HIGH}, {"id": "high/but/not/this"}]
EXTENSIONS = [
    {"name": "first", "rules": [{"id": "ext/low"}]},
    {"name": "second", "rules": [{"id": "ext/high", **HIGH}, {"id": "ext/none"}]},
]

REFERENCES: dict[str, tuple[dict[str, object], bool]] = {
    "an id": ({"ruleId": "high"}, True),
    "another id": ({"ruleId": "low"}, False),
    "an id in rule": ({"rule": {"id": "high"}}, True),
    "an unknown id": ({"ruleId": "unknown"}, False),
    "an index": ({"ruleIndex": 1}, True),
    "another index": ({"ruleIndex": 0}, False),
    "an index in rule": ({"rule": {"index": 1}}, True),
    "an id and an index": ({"ruleId": "high", "ruleIndex": 1}, True),
    "an id against the index": ({"ruleId": "low", "ruleIndex": 1}, False),
    "an id against the index, the other way": ({"ruleId": "high", "ruleIndex": 0}, True),
    "a more precise id": ({"ruleId": "high/md5"}, True),
    "a more precise id with its index": ({"ruleId": "high/md5/twice", "ruleIndex": 1}, True),
    "a more precise id that has a rule": ({"ruleId": "high/but/not/this"}, False),
    "an id that only begins like one": ({"ruleId": "higher"}, False),
    "an extension's id": ({"ruleId": "ext/high"}, True),
    "an extension's index": ({"rule": {"index": 0, "toolComponent": {"index": 1}}}, True),
    "an extension's index beside ruleIndex": ({"ruleIndex": 0, "rule": {"toolComponent": {"index": 1}}}, True),
    "the driver's index is not the extension's": ({"rule": {"index": 1, "toolComponent": {"index": 1}}}, False),
    "an unknown extension": ({"rule": {"index": 1, "toolComponent": {"index": 7}}}, False),
    "an unknown extension with an id": ({"rule": {"id": "high", "toolComponent": {"index": -1}}}, True),
    "an index beyond the rules": ({"ruleIndex": 99}, False),
    "the index of nothing": ({"ruleIndex": -1}, False),
    "the index of nothing with an id": ({"ruleId": "high", "ruleIndex": -1}, True),
    "an index that is none": ({"ruleIndex": "1"}, False),
    "an index that is true": ({"ruleIndex": True}, False),
    "an index with a fraction": ({"ruleIndex": 1.0}, False),
    "an endless index": ({"ruleIndex": 10**30}, False),
    "an id that is none": ({"ruleId": ["high"], "ruleIndex": 1}, True),
    "neither": ({}, False),
}


@pytest.mark.parametrize(("reference", "high"), REFERENCES.values(), ids=REFERENCES)
def test_a_result_is_as_severe_as_the_rule_that_it_refers_to(reference: dict[str, object], *, high: bool) -> None:
    assert only(result(**reference), rules=DRIVER, extensions=EXTENSIONS).high is high


def test_a_result_is_named_after_its_rule_where_it_gives_an_index_alone() -> None:
    assert only(result(ruleIndex=1), rules=DRIVER).rule == "high"


def test_a_result_keeps_the_more_precise_id() -> None:
    assert only(result(ruleId="high/md5"), rules=DRIVER).rule == "high/md5"


def test_of_two_rules_with_one_id_the_index_says_which() -> None:
    rules = [{"id": "r"}, {"id": "r", **HIGH}]
    assert only(result(ruleId="r", ruleIndex=1), rules=rules).high
    assert not only(result(ruleId="r"), rules=rules).high


def test_the_drivers_rule_goes_before_an_extensions_of_the_same_id() -> None:
    extensions = [{"rules": [{"id": "low", **HIGH}]}]
    assert not only(result(ruleId="low"), rules=DRIVER, extensions=extensions).high


@pytest.mark.parametrize("length", [10_000, 1_000_000])
def test_an_endless_id_is_looked_up_no_longer_than_needed(length: int) -> None:
    assert only(result(ruleId="/" * length), rules=DRIVER).rule == "/" * 200 + "…"
