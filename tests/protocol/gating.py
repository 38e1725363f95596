"""The gates as an agent meets them, and the report of a scanner that one of them counts."""

import json
from collections.abc import Callable
from typing import Any

from tests.protocol import agent
from tests.protocol.installation import Installation


async def blocked(site: Installation, before: Callable[[], object] | None = None) -> str:
    """The sentence of `prepare_release` in a sprint whose tests passed, after which `before` happened."""
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        if before is not None:
            before()
        previewed = await agent.call(client, "preview_release", type="minor")
        result = await agent.call(client, "prepare_release", type="minor")
        _require_same(agent.structured(previewed), agent.structured(result))
        found = agent.structured(result)
        assert result.is_error == (not found["ok"])
        assert found["state"] == ("RELEASE_CANDIDATE" if found["ok"] else "ACTIVE")
        return agent.sentence(result)


def _require_same(previewed: dict[str, Any], prepared: dict[str, Any]) -> None:
    """What was previewed is what came, but for a build, which a preview does not try."""
    first = str(previewed["message"]).partition("\n")[0]
    if prepared["ok"]:
        tag = prepared["release"]["tag"]
        assert first.startswith(f'prepare_release(type="minor") would make {tag} of commit '), first
    elif all(gate["gate"] in ("build", "clean-tree") for gate in prepared["blocked_by"]) and prepared["blocked_by"]:
        assert first in (prepared["message"], first if " would make " in first else None)
    else:
        assert first == str(prepared["message"]).partition("\n")[0]
        assert previewed["blocked_by"] == prepared["blocked_by"]
    assert (previewed["state"], previewed["operation"]) == ("ACTIVE", None)


def result(rule: str, level: str, severity: str | None = None) -> dict[str, object]:
    found: dict[str, object] = {"ruleId": rule, "level": level, "message": {"text": f"{rule} is bad"}}
    return found if severity is None else {**found, "properties": {"security-severity": severity}}


def sarif(*results: object) -> str:
    runs = [{"tool": {"driver": {"name": "scanner"}}, "results": results}]
    return json.dumps({"version": "2.1.0", "runs": runs})
