"""Findings of other scanners, from SARIF 2.1.0."""

import hashlib
import json
from collections.abc import Iterator

from pydantic import JsonValue

from sentinel.core.audit.findings import Scan
from sentinel.core.audit.sarif_rules import (
    Rules,
    Table,
    identifier,
    string,
    table,
    tables,
)
from sentinel.core.audit.sarif_runs import Levels, require_results
from sentinel.core.values.canonical import canonical
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.errors.sarif import NotSarifError, ScanWithoutResultsError

HIGH_SECURITY_SEVERITY = 7.0
SIZE_LIMIT = 64 * 1024 * 1024


class ImportedFinding(Frozen):
    """One result; the same result imported again has the same `fingerprint`.

    `rated` says whether the scanner gave it a severity at all; where it did not, it is not high.
    """

    fingerprint: str
    rule: str
    message: str
    location: str
    high: bool
    rated: bool = True
    scan: Scan


class ScannerLog(Frozen):
    """The scans of a file, and what they found."""

    scans: tuple[Scan, ...]
    findings: tuple[ImportedFinding, ...]


def read_sarif(document: bytes | str) -> ScannerLog:
    """The results that are failures and not suppressed.

    Raises NotSarifError, FailedScanError, and ScanWithoutResultsError: no results are not the same as a clean scan.
    """
    if len(document) > SIZE_LIMIT:
        raise NotSarifError(detail=f"it is larger than {SIZE_LIMIT} bytes")
    try:
        log = json.loads(document.removeprefix("\ufeff") if isinstance(document, str) else document)
    except (ValueError, RecursionError):
        raise NotSarifError(detail="it is not JSON") from None
    if not isinstance(log, dict) or log.get("version") != "2.1.0" or not isinstance(log.get("runs"), list):
        raise NotSarifError(detail='it has no "version": "2.1.0" with "runs"')
    runs = tuple(tables(log["runs"]))
    if not runs or len(runs) != len(log["runs"]):
        raise NotSarifError(detail="there is no run in it" if not runs else "not every one of its runs is an object")
    if any(properties.get("results") for properties in tables(log.get("inlineExternalProperties"))):
        reason = "its results are in inlineExternalProperties, which are not read"
        raise ScanWithoutResultsError(tool=_scan(runs[0]).tool or "the scanner", reason=reason)
    found: dict[str, ImportedFinding] = {}
    for finding in (finding for run in runs for finding in _findings(run)):
        known = found.get(finding.fingerprint)
        if known is None or finding.high > known.high:
            found[finding.fingerprint] = finding
    return ScannerLog(scans=tuple(dict.fromkeys(map(_scan, runs))), findings=tuple(found.values()))


def _scan(run: Table) -> Scan:
    """By tool and category: an id is `category/which run`, as code scanning services read it."""
    name = string(table(table(run.get("tool")).get("driver")).get("name"))
    category = string(table(run.get("automationDetails")).get("id")).rpartition("/")[0]
    return Scan(tool=printable(name, limit=200), category=printable(category, limit=200))


def _findings(run: Table) -> Iterator[ImportedFinding]:
    tool, scan = table(run.get("tool")), _scan(run)
    rules, name = Rules.of(tool), string(table(tool.get("driver")).get("name"))
    levels, results = Levels.of(run, rules), require_results(run, scan.tool or "The scanner")
    return (_finding(result, rules, levels, name, scan) for result in results if _counts(result))


def _counts(result: Table) -> bool:
    """A failure that is still there and that nobody has accepted (SARIF 3.27.23: one that is contested counts)."""
    states = [suppression.get("status", "accepted") for suppression in tables(result.get("suppressions"))]
    suppressed = bool(states) and all(state == "accepted" for state in states)
    return result.get("kind", "fail") == "fail" and result.get("baselineState") != "absent" and not suppressed


def _finding(result: Table, rules: Rules, levels: Levels, tool: str, scan: Scan) -> ImportedFinding:
    rule = rules.of_result(result)
    severity, level = _severity(result, rule), levels.of_result(result, rule)
    name = identifier(result) or string(rule.get("id")) or "unnamed"
    message, described = table(result.get("message")), table(rule.get("shortDescription"))
    said = string(message.get("text")) or string(described.get("text"))
    file, line = _location(result)
    location = f"{file}:{line}" if line else file
    return ImportedFinding(
        fingerprint=hashlib.sha256(canonical(_identity(result, [tool, name], file, [location, said]))).hexdigest(),
        rule=printable(name, limit=200),
        message=printable(said or name, limit=500),
        location=printable(location, limit=300),
        high=severity >= HIGH_SECURITY_SEVERITY if severity is not None else level == "error",
        rated=severity is not None or level is not None,
        scan=scan,
    )


def _identity(result: Table, whose: list[JsonValue], file: str, place: list[JsonValue]) -> JsonValue:
    """What two results have in common that are the same: the scanner's own fingerprints outlive a moved line."""
    for key in ("fingerprints", "partialFingerprints"):
        prints: dict[str, JsonValue] = {kind: text for kind, text in table(result.get(key)).items() if string(text)}
        if prints:
            return [*whose, file, prints]
    return [*whose, *place]


def _severity(result: Table, rule: Table) -> float | None:
    """The result's own severity or else its rule's; what is no number of at least 0 is none."""
    for owner in (result, rule):
        try:
            severity = float(string(table(owner.get("properties")).get("security-severity")))
        except ValueError:
            continue
        if severity >= 0:
            return severity
    return None


def _location(result: Table) -> tuple[str, str]:
    """File and line of the first location, both empty where it names none."""
    physical = table(next(tables(result.get("locations")), {}).get("physicalLocation"))
    file = string(table(physical.get("artifactLocation")).get("uri"))
    return file, string(table(physical.get("region")).get("startLine")) if file else ""
