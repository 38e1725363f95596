"""SARIF logs for tests."""

import json
from typing import Any

from sentinel.core.audit.sarif import ImportedFinding, read_sarif


def findings_from_sarif(document: bytes | str) -> tuple[ImportedFinding, ...]:
    return read_sarif(document).findings


def log(*results: object, rules: object = (), extensions: object = (), tool: str = "scanner") -> dict[str, Any]:
    """A log of one run."""
    driver = {"name": tool, "rules": rules}
    run = {"tool": {"driver": driver, "extensions": extensions}, "results": results}
    return {"version": "2.1.0", "runs": [run]}


def result(**parts: object) -> dict[str, object]:
    return {"message": {"text": "Do not."}, **parts}


def place(uri: str, line: int | None) -> dict[str, object]:
    region = {} if line is None else {"region": {"startLine": line}}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}


def imported(*results: object, **parts: Any) -> tuple[ImportedFinding, ...]:
    return findings_from_sarif(json.dumps(log(*results, **parts)))


def only(found: object, **parts: Any) -> ImportedFinding:
    """What the one result of a log is imported as."""
    (finding,) = imported(found, **parts)
    return finding
