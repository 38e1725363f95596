"""Findings of other scanners: which results count, which are high, and which are the same."""

import json

import pytest

from sentinel.core.audit.sarif import ImportedFinding
from tests.core.sarif_logs import findings_from_sarif, imported, log, only, place, result


def test_a_result_is_imported_with_rule_message_and_place() -> None:
    found = only(result(ruleId="py/sql", message={"text": "Do not."}, locations=[place("shop/db.py", 7)]))
    assert (found.rule, found.message, found.location, found.high) == ("py/sql", "Do not.", "shop/db.py:7", False)


@pytest.mark.parametrize(
    ("parts", "rule", "message", "location"),
    [
        ({}, "unnamed", "unnamed", ""),
        ({"ruleId": "r"}, "r", "r", ""),
        ({"rule": {"id": "r"}}, "r", "r", ""),
        ({"ruleId": "r", "message": {"id": "default"}}, "r", "r", ""),
        ({"ruleId": "r", "locations": [place("a.py", None)]}, "r", "r", "a.py"),
        ({"ruleId": "r", "locations": [place("C:/a.py", None)]}, "r", "r", "C:/a.py"),
        ({"ruleId": "r", "locations": [place("a.py", 1), place("b.py", 2)]}, "r", "r", "a.py:1"),
        ({"ruleId": "r", "locations": []}, "r", "r", ""),
    ],
)
def test_what_a_result_leaves_out_is_made_up_for(
    parts: dict[str, object], rule: str, message: str, location: str
) -> None:
    found = only(parts)
    assert (found.rule, found.message, found.location) == (rule, message, location)


def test_a_result_without_words_of_its_own_has_those_of_its_rule() -> None:
    rules = [{"id": "r", "shortDescription": {"text": "Never do this."}}]
    assert only(result(ruleId="r", message={}), rules=rules).message == "Never do this."


SEVERITIES = [
    ({"security-severity": "7.0"}, "note", True),
    ({"security-severity": "6.9"}, "error", False),
    ({"security-severity": "10"}, "none", True),
    ({"security-severity": 9.8}, "note", True),
    ({"security-severity": 3}, "error", False),
    ({"security-severity": "0.0"}, "error", False),
    ({}, "error", True),
    ({}, "warning", False),
    ({}, "note", False),
    ({}, None, False),
    ({"security-severity": "high"}, "error", True),
    ({"security-severity": ""}, "error", True),
    ({"security-severity": "nan"}, "error", True),
    ({"security-severity": "-1"}, "error", True),
    ({"security-severity": True}, "note", False),
    ({"security-severity": [9]}, "error", True),
    ({"security-severity": None}, "note", False),
    ({"security-severity": "inf"}, "note", True),
]


@pytest.mark.requirement("P1.1-audit")
@pytest.mark.parametrize("of_the_rule", [False, True])
@pytest.mark.parametrize(("properties", "level", "high"), SEVERITIES)
def test_a_severity_of_seven_is_high_and_without_one_the_level_error(
    properties: dict[str, object], level: str | None, *, of_the_rule: bool, high: bool
) -> None:
    leveled = {"level": level} if level else {}
    if of_the_rule:
        rules = [{"id": "r", "properties": properties, "defaultConfiguration": leveled}]
        assert only(result(ruleId="r"), rules=rules).high is high
    else:
        assert only(result(ruleId="r", properties=properties, **leveled)).high is high


@pytest.mark.parametrize(
    ("own", "of_the_rule", "high"),
    [
        ({"properties": {"security-severity": "2.0"}}, {"properties": {"security-severity": "9.0"}}, False),
        ({"properties": {"security-severity": "9.0"}}, {"properties": {"security-severity": "2.0"}}, True),
        ({"properties": {"security-severity": "?"}}, {"properties": {"security-severity": "9.0"}}, True),
        ({"level": "error"}, {"properties": {"security-severity": "2.0"}}, False),
        ({"level": "note"}, {"defaultConfiguration": {"level": "error"}}, False),
        ({"level": "error"}, {"defaultConfiguration": {"level": "note"}}, True),
    ],
)
def test_a_result_knows_better_than_its_rule(
    own: dict[str, object], of_the_rule: dict[str, object], *, high: bool
) -> None:
    assert only(result(ruleId="r", **own), rules=[{"id": "r", **of_the_rule}]).high is high


@pytest.mark.parametrize(
    ("parts", "counts"),
    [
        ({}, True),
        ({"kind": "fail"}, True),
        ({"kind": "pass"}, False),
        ({"kind": "notApplicable"}, False),
        ({"kind": "review"}, False),
        ({"baselineState": "new"}, True),
        ({"baselineState": "unchanged"}, True),
        ({"baselineState": "absent"}, False),
        ({"suppressions": None}, True),
        ({"suppressions": []}, True),
        ({"suppressions": [{"kind": "inSource"}]}, False),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, False),
        ({"suppressions": [{"status": "underReview"}]}, True),
        ({"suppressions": [{"status": "rejected"}]}, True),
        ({"suppressions": [{"status": "accepted"}, {"status": "rejected"}]}, True),
        ({"suppressions": [{"kind": "inSource"}, {"status": "underReview"}]}, True),
        ({"suppressions": ["accepted"]}, True),
        ({"suppressions": {"status": "accepted"}}, True),
    ],
)
def test_only_failures_count_that_are_there_and_that_nobody_accepted(parts: dict[str, object], *, counts: bool) -> None:
    assert len(imported(result(ruleId="r", **parts))) == counts


PRINTS = {"primaryLocationLineHash": "39fa2ee980eb94b0:1"}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({"level": "note"}, {"level": "warning"}, True),
        ({"ruleId": "other"}, {}, False),
        ({"message": {"text": "Another."}}, {}, False),
        ({"locations": [place("a.py", 2)]}, {}, False),
        ({"locations": [place("b.py", 1)]}, {}, False),
        ({"partialFingerprints": PRINTS}, {"partialFingerprints": PRINTS, "locations": [place("a.py", 99)]}, True),
        ({"partialFingerprints": PRINTS}, {"partialFingerprints": PRINTS, "message": {"text": "Reworded."}}, True),
        ({"partialFingerprints": PRINTS}, {"partialFingerprints": PRINTS, "locations": [place("b.py", 1)]}, False),
        ({"partialFingerprints": PRINTS}, {"partialFingerprints": {"primaryLocationLineHash": "0:1"}}, False),
        ({"fingerprints": {"v1": "a"}}, {"fingerprints": {"v1": "a"}, "partialFingerprints": PRINTS}, True),
        ({"fingerprints": {}}, {}, True),
    ],
)
def test_the_same_result_is_one_finding(first: dict[str, object], second: dict[str, object], *, same: bool) -> None:
    common = {"ruleId": "r", "message": {"text": "Do not."}, "locations": [place("a.py", 1)]}
    found = imported({**common, **first}, {**common, **second})
    assert len(found) == (1 if same else 2)


def test_the_same_file_imported_again_has_the_same_findings() -> None:
    document = log(result(ruleId="r"), result(ruleId="s", level="error"))
    assert findings_from_sarif(json.dumps(document)) == findings_from_sarif(json.dumps(document, indent=2).encode())


def test_two_tools_do_not_find_the_same() -> None:
    both = log(result(ruleId="r"), tool="one")["runs"] + log(result(ruleId="r"), tool="two")["runs"]
    assert len(findings_from_sarif(json.dumps({"version": "2.1.0", "runs": both}))) == 2


@pytest.mark.parametrize("levels", [("error", "note"), ("note", "error")])
def test_of_the_same_result_the_high_one_counts(levels: tuple[str, str]) -> None:
    assert [found.high for found in imported(*(result(ruleId="r", level=level) for level in levels))] == [True]


def test_hidden_characters_are_shown_and_texts_are_cut() -> None:
    found = only(result(ruleId="r\x1b[2J", message={"text": "x\u202e" + "y" * 600}, locations=[place("a\n.py", 1)]))
    assert (found.rule, found.location) == (r"r\x1b[2J", r"a\x0a.py:1")
    assert found.message == rf"x\u202e{'y' * 498}…"


def test_every_run_is_read() -> None:
    runs = log(result(ruleId="a"))["runs"] + log(result(ruleId="b"))["runs"]
    found = findings_from_sarif(json.dumps({"version": "2.1.0", "runs": runs}))
    assert [finding.rule for finding in found] == ["a", "b"]


def test_a_finding_is_a_value() -> None:
    assert ImportedFinding.model_validate(only(result(ruleId="r")).model_dump()) == only(result(ruleId="r"))
