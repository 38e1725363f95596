"""Findings of other scanners, from SARIF 2.1.0 (issue: high is `security-severity` ≥ 7.0, else level `error`)."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from sentinel.core.audit import canonical
from sentinel.core.frozen import Frozen
from sentinel.core.printable import printable
from sentinel.errors.sarif import NotSarifError

HIGH_SECURITY_SEVERITY = 7.0
SIZE_LIMIT = 64 * 1024 * 1024

Table = Mapping[str, JsonValue]


class ImportedFinding(Frozen):
    """One result; the same result imported again has the same `fingerprint`."""

    fingerprint: str
    rule: str
    message: str
    location: str
    high: bool


def findings_from_sarif(document: bytes | str) -> tuple[ImportedFinding, ...]:
    """The results that are failures and not suppressed. Raises NotSarifError."""
    if len(document) > SIZE_LIMIT:
        raise NotSarifError(detail=f"it is larger than {SIZE_LIMIT} bytes")
    try:
        log = json.loads(document)
    except (ValueError, RecursionError):
        raise NotSarifError(detail="it is not JSON") from None
    if not isinstance(log, dict) or log.get("version") != "2.1.0" or not isinstance(log.get("runs"), list):
        raise NotSarifError(detail='it has no "version": "2.1.0" with "runs"')
    found = (finding for run in _tables(log["runs"]) for finding in _findings(run))
    return tuple({finding.fingerprint: finding for finding in found}.values())


def _findings(run: Table) -> Iterator[ImportedFinding]:
    tool = _table(_table(run.get("tool")).get("driver"))
    rules = list(_tables(tool.get("rules")))
    for extension in _tables(_table(run.get("tool")).get("extensions")):
        rules += _tables(extension.get("rules"))
    by_id = {str(rule.get("id")): rule for rule in rules}
    for result in _tables(run.get("results")):
        if _counts(result):
            yield _finding(result, by_id, rules, str(tool.get("name", "")))


def _counts(result: Table) -> bool:
    """A failure that is still there and that nobody has accepted."""
    accepted = any(s.get("status", "accepted") == "accepted" for s in _tables(result.get("suppressions")))
    return result.get("kind", "fail") == "fail" and result.get("baselineState") != "absent" and not accepted


def _finding(result: Table, by_id: Mapping[str, Table], rules: list[Table], tool: str) -> ImportedFinding:
    rule = _rule_of(result, by_id, rules)
    rule_id = str(result.get("ruleId") or _table(result.get("rule")).get("id") or rule.get("id") or "unnamed")
    message = str(
        _table(result.get("message")).get("text") or _table(rule.get("shortDescription")).get("text") or rule_id
    )
    location = _location(result)
    prints = _table(result.get("fingerprints")) or _table(result.get("partialFingerprints"))
    identity: JsonValue = (
        [tool, rule_id, location.rpartition(":")[0], dict(prints)] if prints else [tool, rule_id, location, message]
    )
    return ImportedFinding(
        fingerprint=hashlib.sha256(canonical(identity)).hexdigest(),
        rule=printable(rule_id, limit=200),
        message=printable(message, limit=500),
        location=printable(location, limit=300),
        high=_is_high(result, rule),
    )


def _rule_of(result: Table, by_id: Mapping[str, Table], rules: list[Table]) -> Table:
    reference = _table(result.get("rule"))
    index = result.get("ruleIndex", reference.get("index"))
    named = by_id.get(str(result.get("ruleId") or reference.get("id")))
    if named is not None:
        return named
    return rules[index] if isinstance(index, int) and 0 <= index < len(rules) else {}


def _is_high(result: Table, rule: Table) -> bool:
    for owner in (result, rule):
        severity = _table(owner.get("properties")).get("security-severity")
        if severity is not None:
            try:
                return float(str(severity)) >= HIGH_SECURITY_SEVERITY
            except ValueError:
                continue
    level = result.get("level") or _table(rule.get("defaultConfiguration")).get("level") or "warning"
    return level == "error"


def _location(result: Table) -> str:
    first = next(iter(_tables(result.get("locations"))), {})
    physical = _table(first.get("physicalLocation"))
    uri = _table(physical.get("artifactLocation")).get("uri")
    line = _table(physical.get("region")).get("startLine")
    return f"{uri}:{line}" if uri is not None else ""


def _table(value: JsonValue) -> Table:
    return value if isinstance(value, dict) else {}


def _tables(value: JsonValue) -> Iterator[Table]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
