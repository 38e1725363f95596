"""Findings of other scanners, from SARIF 2.1.0."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from pydantic import JsonValue

from sentinel.core.audit.findings import Scan
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.printable import printable
from sentinel.errors.history import FailedScanError, NotSarifError, ScanWithoutResultsError

Table = Mapping[str, JsonValue]
_T = TypeVar("_T")

_LONGEST_ID = 1000
"""Characters of a rule's id that tell it from others; more is not read."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the driver and of each extension, in their order, and of all by id or guid; the driver's first."""

    driver: tuple[Table, ...]
    extensions: tuple[tuple[Table, ...], ...]
    by_id: Mapping[str, Table]

    @classmethod
    def of(cls, tool: Table, kind: str = "rules") -> Self:
        driver = tuple(tables(table(tool.get("driver")).get(kind)))
        extensions = tuple(tuple(tables(extension.get(kind))) for extension in tables(tool.get("extensions")))
        ordered = [rule for rules in (driver, *extensions) for rule in rules]
        keys = {string(rule.get(key)): rule for key in ("guid", "id") for rule in reversed(ordered)}
        return cls(driver, extensions, {key: rule for key, rule in keys.items() if key})

    def of_result(self, result: Table) -> Table:
        """The rule at the index that the result gives, unless that one has another id; else the rule of that id.

        An id may be more precise than its rule's: `CA5350/md5` violates `CA5350`. Empty where there is no such rule.
        """
        name, indexed = identifier(result), self._indexed(result)
        if indexed is not None and (not name or f"{name}/".startswith(f"{string(indexed.get('id'))}/")):
            return indexed
        while name and name not in self.by_id:
            name = name.rpartition("/")[0]
        return self.by_id.get(name or string(table(result.get("rule")).get("guid")), {})

    def _indexed(self, result: Table) -> Table | None:
        reference = table(result.get("rule"))
        component = table(reference.get("toolComponent")).get("index")
        rules = self.driver if component is None else _at(self.extensions, component)
        return _at(rules or (), result.get("ruleIndex", reference.get("index")))


def identifier(result: Table) -> str:
    """The id that the result gives its rule, or the empty string."""
    return (string(result.get("ruleId")) or string(table(result.get("rule")).get("id")))[:_LONGEST_ID]


def table(value: JsonValue) -> Table:
    return value if isinstance(value, dict) else {}


def tables(value: JsonValue) -> Iterator[Table]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def string(value: JsonValue) -> str:
    """A string or a number as text, anything else as the empty string."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _at(items: tuple[_T, ...], index: JsonValue) -> _T | None:
    if not isinstance(index, int) or isinstance(index, bool):
        return None
    return items[index] if 0 <= index < len(items) else None


LEVELS = ("none", "note", "warning", "error")


def require_results(run: Table, tool: str) -> tuple[Table, ...]:
    """The results of a completed scan. Raises FailedScanError or ScanWithoutResultsError."""
    if (reason := _failure(run)) is not None:
        raise FailedScanError(tool=tool, reason=printable(reason, limit=300).rstrip("."))
    results = run.get("results")
    if table(run.get("externalPropertyFileReferences")).get("results"):
        raise ScanWithoutResultsError(tool=tool, reason="its results are in another file, which is not read")
    if not isinstance(results, list):
        reason = "its results are null" if "results" in run and results is None else "it has no list of results"
        raise ScanWithoutResultsError(tool=tool, reason=f"{reason}, as of a scan that did not run")
    found = tuple(tables(results))
    if len(found) != len(results):
        raise ScanWithoutResultsError(tool=tool, reason="not every one of its results is an object")
    return found


def _failure(run: Table) -> str | None:
    """Why the scan says it failed, in its own words if it has some."""
    for invocation in tables(run.get("invocations")):
        ill = next(_errors(run, invocation), None)
        unsaid = "executionSuccessful" not in invocation
        ended_badly = invocation.get("exitCode", 0) != 0 if unsaid else invocation["executionSuccessful"] is not True
        if ended_badly or ill is not None or _was_killed(invocation):
            return ill or string(invocation.get("processStartFailureMessage")) or _code(invocation)
    return None


def _was_killed(invocation: Table) -> bool:
    return any(invocation.get(key) for key in ("processStartFailureMessage", "exitSignalName", "exitSignalNumber"))


def _code(invocation: Table) -> str:
    code = string(invocation.get("exitCode")) or string(invocation.get("exitSignalName"))
    return f"it ended with {code}" if code else "its executionSuccessful is false"


def _errors(run: Table, invocation: Table) -> Iterator[str]:
    described = Rules.of(table(run.get("tool")), "notifications")
    for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        for notification in tables(invocation.get(key)):
            rule = described.of_result({"rule": notification.get("descriptor")})
            level = notification.get("level") or table(rule.get("defaultConfiguration")).get("level")
            if _level(level) == "error":
                yield string(table(notification.get("message")).get("text")) or "it reported an error"


def _level(value: JsonValue) -> str | None:
    level = string(value).casefold()
    return level if level in LEVELS else None


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels that each invocation gave to rules, by the rules' ids."""

    overrides: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, run: Table, rules: Rules) -> Self:
        return cls(tuple(_overrides(invocation, rules) for invocation in tables(run.get("invocations"))))

    def of_result(self, result: Table, rule: Table) -> str | None:
        """The result's own, else that of its invocation, else its rule's; None where there is none."""
        own = _level(result.get("level"))
        if own is not None:
            return own
        names = {string(rule.get("id")), identifier(result)} - {""}
        given = [one[name] for one in self._of_invocation(result) for name in names if name in one]
        highest = max(given, key=LEVELS.index, default=None)
        return highest or _level(table(rule.get("defaultConfiguration")).get("level"))

    def _of_invocation(self, result: Table) -> tuple[Mapping[str, str], ...]:
        index = table(result.get("provenance")).get("invocationIndex")
        if isinstance(index, int) and 0 <= index < len(self.overrides):
            return (self.overrides[index],)
        return self.overrides


def _overrides(invocation: Table, rules: Rules) -> Mapping[str, str]:
    levels: dict[str, str] = {}
    for override in tables(invocation.get("ruleConfigurationOverrides")):
        level = _level(table(override.get("configuration")).get("level"))
        descriptor = override.get("descriptor")
        name = string(rules.of_result({"rule": descriptor}).get("id")) or string(table(descriptor).get("id"))
        if level is not None and name:
            levels[name] = max(level, levels.get(name, "none"), key=LEVELS.index)
    return levels


HIGH_SECURITY_SEVERITY = 7.0
SIZE_LIMIT = 64 * 1024 * 1024


class ImportedFinding(Frozen):
    """One result; the same result has the same `fingerprint` when it is imported again.

    `rated` says whether the scanner gave it a severity; if not, it is not high.
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
        raise NotSarifError(detail="it has no run" if not runs else "not every one of its runs is an object")
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
    """The scan's tool and category: an id is `category/run`, as code scanning services read it."""
    name = string(table(table(run.get("tool")).get("driver")).get("name"))
    category = string(table(run.get("automationDetails")).get("id")).rpartition("/")[0]
    return Scan(tool=printable(name, limit=200), category=printable(category, limit=200))


def _findings(run: Table) -> Iterator[ImportedFinding]:
    tool, scan = table(run.get("tool")), _scan(run)
    rules, name = Rules.of(tool), string(table(tool.get("driver")).get("name"))
    levels, results = Levels.of(run, rules), require_results(run, scan.tool or "The scanner")
    return (_finding(result, rules, levels, name, scan) for result in results if _counts(result))


def _counts(result: Table) -> bool:
    """A failure that still exists and that nobody has accepted (SARIF 3.27.23; a contested one counts)."""
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
    """The fingerprint of a result; the scanner's own fingerprints survive moved lines."""
    for key in ("fingerprints", "partialFingerprints"):
        prints: dict[str, JsonValue] = {kind: text for kind, text in table(result.get(key)).items() if string(text)}
        if prints:
            return [*whose, file, prints]
    return [*whose, *place]


def _severity(result: Table, rule: Table) -> float | None:
    """The result's own severity, else its rule's; it must be a number of at least 0."""
    for owner in (result, rule):
        try:
            severity = float(string(table(owner.get("properties")).get("security-severity")))
        except ValueError:
            continue
        if severity >= 0:
            return severity
    return None


def _location(result: Table) -> tuple[str, str]:
    """File and line of the first location; both empty if it names none."""
    physical = table(next(tables(result.get("locations")), {}).get("physicalLocation"))
    file = string(table(physical.get("artifactLocation")).get("uri"))
    return file, string(table(physical.get("region")).get("startLine")) if file else ""
