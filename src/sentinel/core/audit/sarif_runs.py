"""Whether a SARIF run is a scan that came to its end, and what its invocations changed (SARIF 2.1.0, 3.14 and 3.20)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import JsonValue

from sentinel.core.audit.sarif_rules import (
    Rules,
    Table,
    identifier,
    string,
    table,
    tables,
)
from sentinel.core.values.printable import printable
from sentinel.errors.sarif import FailedScanError, ScanWithoutResultsError

LEVELS = ("none", "note", "warning", "error")


def require_results(run: Table, tool: str) -> tuple[Table, ...]:
    """The results of a scan that went well. Raises FailedScanError or ScanWithoutResultsError."""
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
    """Why the scan says that it failed, in its own words where it has some."""
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
