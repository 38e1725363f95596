"""Which SARIF runs are scans that came to their end, and what severity their findings have."""

import json
from typing import Any

import pytest

from sentinel.core.audit.findings import Scan
from sentinel.core.audit.sarif import read_sarif
from sentinel.errors.history import FailedScanError, NotSarifError, ScanWithoutResultsError
from tests.core.sarif_logs import log, only, result

ERROR = {"level": "error", "message": {"text": "0 of 812 files were read"}}


def run(**parts: object) -> dict[str, Any]:
    return {"tool": {"driver": {"name": "SomeScan"}}, **parts}


def document(*runs: object) -> str:
    return json.dumps({"version": "2.1.0", "runs": runs})


FAILED: dict[str, tuple[dict[str, object], str]] = {
    "it says so": ({"executionSuccessful": False}, "its executionSuccessful is false"),
    "with a code": ({"executionSuccessful": False, "exitCode": 2}, "it ended with 2"),
    "a code alone": ({"exitCode": 137}, "it ended with 137"),
    "null": ({"executionSuccessful": None}, "its executionSuccessful is false"),
    "a signal": ({"executionSuccessful": True, "exitSignalName": "SIGKILL"}, "it ended with SIGKILL"),
    "it did not start": ({"processStartFailureMessage": "no such file"}, "no such file"),
    "an error while it ran": (
        {"executionSuccessful": True, "toolExecutionNotifications": [ERROR]},
        "0 of 812 files were read",
    ),
    "an error of its settings": ({"executionSuccessful": True, "toolConfigurationNotifications": [ERROR]}, "0 of 812"),
    "both": ({"executionSuccessful": False, "exitCode": 2, "toolExecutionNotifications": [ERROR]}, "0 of 812 files"),
}


@pytest.mark.parametrize(("invocation", "reason"), FAILED.values(), ids=FAILED)
@pytest.mark.parametrize("results", [[], [{"ruleId": "r"}], None])
def test_a_scan_that_failed_is_refused_in_its_own_words(
    invocation: dict[str, object], reason: str, results: object
) -> None:
    with pytest.raises(FailedScanError) as refusal:
        read_sarif(document(run(invocations=[{"executionSuccessful": True}, invocation], results=results)))
    assert refusal.value.what.startswith(f"SomeScan says that its scan failed: {reason}")


def test_the_level_of_a_notification_may_be_that_of_its_descriptor() -> None:
    notifications = [{"id": "N1", "defaultConfiguration": {"level": "error"}}]
    tool = {"driver": {"name": "SomeScan", "notifications": notifications}}
    ill = {"executionSuccessful": True, "toolExecutionNotifications": [{"descriptor": {"id": "N1"}}]}
    with pytest.raises(FailedScanError, match="it reported an error"):
        read_sarif(document({"tool": tool, "invocations": [ill], "results": []}))


MISSING: dict[str, tuple[dict[str, object], str]] = {
    "null": ({"results": None}, "its results are null"),
    "absent": ({}, "it has no list of results"),
    "a table": ({"results": {}}, "it has no list of results"),
    "elsewhere": (
        {"externalPropertyFileReferences": {"results": [{"location": {"uri": "r"}}]}},
        "its results are in another file, which is not read",
    ),
    "partly elsewhere": (
        {"results": [], "externalPropertyFileReferences": {"results": [{"itemCount": 1}]}},
        "its results are in another file",
    ),
    "null among them": ({"results": [{"ruleId": "r"}, None]}, "not every one of its results is an object"),
}


@pytest.mark.parametrize(("parts", "reason"), MISSING.values(), ids=MISSING)
def test_no_results_are_not_a_clean_scan(parts: dict[str, object], reason: str) -> None:
    with pytest.raises(ScanWithoutResultsError) as refusal:
        read_sarif(document(run(results=[]), run(**parts)))
    assert refusal.value.what.startswith(f"The file is not a clean scan of SomeScan: {reason}")


@pytest.mark.parametrize(("runs", "detail"), [([], "it has no run"), ([None], "it has no run")])
def test_a_file_without_runs_is_refused(runs: list[object], detail: str) -> None:
    with pytest.raises(NotSarifError, match=detail):
        read_sarif(document(*runs))


@pytest.mark.parametrize(
    "invocation",
    [
        {"executionSuccessful": True},
        {"executionSuccessful": True, "exitCode": 1},
        {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "warning"}, {}]},
        {"exitCode": 0},
        {},
    ],
)
def test_a_scan_that_went_well_and_found_nothing_is_clean(invocation: dict[str, object]) -> None:
    found = read_sarif(document(run(invocations=[invocation], results=[])))
    assert (found.findings, found.scans) == ((), (Scan(tool="SomeScan"),))


def test_scans_of_one_tool_are_told_apart_by_their_category() -> None:
    details = [{"id": "backend/2026-11-01"}, {"id": "backend/2026-11-02"}, {"id": "frontend/"}, {"id": "a-run"}]
    runs = [run(results=[], automationDetails=each) for each in details]
    assert [scan.category for scan in read_sarif(document(*runs)).scans] == ["backend", "frontend", ""]


RULE = {"id": "R1", "guid": "11111111-1111-1111-8888-111111111111", "defaultConfiguration": {"level": "note"}}
DESCRIPTORS = [{"index": 0}, {"id": "R1"}, {"guid": RULE["guid"]}, {"id": "R1", "index": 0}]


def overridden(found: object, *levels: str, descriptor: object = DESCRIPTORS[0]) -> bool:
    document = log(found, rules=[RULE])
    document["runs"][0]["invocations"] = [
        {
            "executionSuccessful": True,
            "ruleConfigurationOverrides": [{"descriptor": descriptor, "configuration": {"level": level}}],
        }
        for level in levels
    ]
    (finding,) = read_sarif(json.dumps(document)).findings
    return finding.high


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_an_override_of_the_rule_is_read(descriptor: object) -> None:
    assert overridden(result(ruleId="R1"), "error", descriptor=descriptor)
    assert overridden(result(ruleIndex=0), "error", descriptor=descriptor)
    assert not overridden(result(ruleId="R1", level="note"), "error", descriptor=descriptor)
    assert not overridden(result(ruleId="R1"), "warning", descriptor=descriptor)


def test_of_several_invocations_the_results_own_or_the_highest_counts() -> None:
    assert overridden(result(ruleId="R1"), "note", "error")
    assert not overridden(result(ruleId="R1", provenance={"invocationIndex": 0}), "note", "error")
    assert overridden(result(ruleId="R1", provenance={"invocationIndex": 1}), "note", "error")


def test_an_override_reaches_rules_that_are_not_listed() -> None:
    assert overridden(result(ruleId="R2"), "error", descriptor={"id": "R2"})


def test_a_finding_without_any_severity_is_said_to_have_none() -> None:
    assert not only(result(ruleId="r")).rated
    assert not only(result(ruleId="r"), rules=[{"id": "r", "shortDescription": {"text": "x"}}]).rated
    assert only(result(ruleId="r", level="note")).rated
    assert only(result(ruleId="r"), rules=[{"id": "r", "defaultConfiguration": {"level": "note"}}]).rated
    assert only(result(ruleId="r", properties={"security-severity": "1.0"})).rated


def test_results_beside_the_runs_are_not_a_clean_scan() -> None:
    document = {**log(), "inlineExternalProperties": [{"results": [result(ruleId="R1", level="error")]}]}
    with pytest.raises(ScanWithoutResultsError, match="inlineExternalProperties, which are not read"):
        read_sarif(json.dumps(document))
