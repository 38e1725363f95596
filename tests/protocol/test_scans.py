"""Scans as teams import them, one after another: raised, fixed and found again, failed, and without a severity."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.gating import blocked, result, sarif
from tests.protocol.installation import Done, Installation
from tests.protocol.small import Small


def scan(site: Installation, folder: Path, document: str) -> Done:
    file = folder / "scan.sarif"
    file.write_text(document)
    return site.confirmed("audit", "import", str(file))


def found(site: Installation) -> list[tuple[int, str, bool]]:
    stored: list[Any] = site.operator.ask("findings", open_only=False)
    return [(one["number"], one["finding"]["severity"], one["resolution"] is None) for one in stored]


def test_severity_rises_with_the_newest_import_and_never_falls(site: Installation, short_folder: Path) -> None:
    assert scan(site, short_folder, sarif(result("leak", "note"))).out == "1 new finding recorded.\n"
    raised = scan(site, short_folder, sarif(result("leak", "error")))
    assert raised.out == "0 new findings recorded.\n1 finding is high now: 1.\n"
    assert scan(site, short_folder, sarif(result("leak", "note"))).out == "0 new findings recorded.\n"
    assert found(site) == [(1, "high", True)]


def test_a_finding_that_was_resolved_while_it_was_low_is_open_again_once_it_is_high(
    site: Installation, short_folder: Path
) -> None:
    scan(site, short_folder, sarif(result("leak", "note")))
    site.operator.ask("resolve_finding", number=1, reason="Harmless")
    assert scan(site, short_folder, sarif(result("leak", "note"))).out == "0 new findings recorded.\n"
    assert found(site) == [(1, "low", False)]
    scan(site, short_folder, sarif(result("leak", "error")))
    assert found(site) == [(1, "high", True)]


def test_what_a_newer_scan_of_the_tool_has_no_more_is_closed_by_name_until_it_is_found_again(
    site: Installation, short_folder: Path
) -> None:
    scan(site, short_folder, sarif(result("leak", "error"), result("crash", "error")))
    fixed = scan(site, short_folder, sarif(result("crash", "error")))
    assert fixed.out == (
        "0 new findings recorded.\n"
        "Closed, because this scan of scanner no longer reports it: 1  high  leak: leak is bad\n"
    )
    assert found(site) == [(1, "high", False), (2, "high", True)]
    again = scan(site, short_folder, sarif(result("leak", "error"), result("crash", "error")))
    assert again.out == "0 new findings recorded.\n1 finding is open again: 1.\n"
    assert found(site) == [(1, "high", True), (2, "high", True)]
    assert site.run("audit", "verify").code == 0


def other(document: str, **parts: object) -> str:
    log = json.loads(document)
    log["runs"][0].update(parts)
    return json.dumps(log)


def test_neither_another_tool_nor_another_category_nor_a_failed_scan_closes_anything(
    site: Installation, short_folder: Path
) -> None:
    scan(site, short_folder, other(sarif(result("leak", "error")), automationDetails={"id": "backend/1"}))
    site.operator.ask("resolve_finding", number=1, reason="Seen")
    scan(site, short_folder, sarif(result("leak", "error"), result("crash", "error")))
    elsewhere = (
        other(sarif(), tool={"driver": {"name": "another"}}),
        other(sarif(), tool={"driver": {}}),
        other(sarif(), automationDetails={"id": "frontend/1"}),
    )
    for document in elsewhere:
        assert scan(site, short_folder, document).out == "0 new findings recorded.\n"
    failed = scan(site, short_folder, other(sarif(), invocations=[{"executionSuccessful": False, "exitCode": 3}]))
    assert failed.code == 2
    assert failed.err.startswith("sentinel: scanner says that its scan failed: it ended with 3.")
    assert found(site) == [(1, "high", False), (2, "high", True)]


def test_what_the_guard_refused_is_never_closed_by_an_import(site: Installation, short_folder: Path) -> None:
    site.pin()
    refused = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": str(site.project)}
    event = json.dumps({**refused, "tool_input": {"command": "kubectl apply -f x"}})
    site.run("guard", "check", given=event)
    before = found(site)
    assert [severity for _, severity, _ in before] == ["high"]
    for name in ("sentinel", "guard", ""):
        scan(site, short_folder, other(sarif(), tool={"driver": {"name": name}}))
    assert found(site) == before


@pytest.mark.parametrize("named", ["gitleaks", "Gitleaks"])
def test_a_scanner_without_severities_is_named_and_can_be_raised(
    site: Installation, small: Small, short_folder: Path, named: str
) -> None:
    leak = {"ruleId": "aws-access-token", "message": {"text": "a token"}}
    rated = {"ruleId": "style", "level": "note", "message": {"text": "ugly"}}
    document = other(sarif(leak, rated), tool={"driver": {"name": "gitleaks"}})
    site.pin()
    low = scan(site, short_folder, document)
    assert low.out == (
        "2 new findings recorded.\n"
        '1 finding of gitleaks without a severity: recorded as low. To have them block a release, add "gitleaks" to '
        "`high` of [audit] in sentinel.toml, commit it, run `sentinel trust`, and import the file again.\n"
    )
    small.change_policy({"audit": {"high": [named]}})
    small.commit("Take leaks as high")
    assert scan(site, short_folder, document).out == low.out.replace("2 new", "0 new")  # nobody has trusted it
    site.pin()
    assert scan(site, short_folder, document).out == "0 new findings recorded.\n1 finding is high now: 1.\n"
    assert found(site) == [(1, "high", True), (2, "low", True)]


async def test_a_raised_finding_blocks_the_release(site: Installation, small: Small, short_folder: Path) -> None:
    small.change_policy({"audit": {"high": ["scanner"]}})
    small.commit("Take leaks as high")
    leak = {"ruleId": "leak", "message": {"text": "a token"}}
    said = await blocked(site, before=lambda: scan(site, short_folder, sarif(leak)))
    assert said == "Release Blocked. You have 1 Unresolved High Severity Audit Log."
