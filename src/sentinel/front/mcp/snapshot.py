"""`python -m sentinel.front.mcp.snapshot DIR` writes each tool's schema in each availability (design 3.1)."""

import json
import sys
from pathlib import Path
from typing import Any

from sentinel.core.catalog import Access, Lock, Tool
from sentinel.front.mcp.tools import tool_schema

_LOCK = Lock(reason="It exists in state ACTIVE; the state is IDLE.", instead="")
_TARGETS = ("staging", "production")


def snapshots() -> dict[str, str]:
    """File name and content, for every tool."""
    return {f"{tool}.json": _written(availabilities(tool)) for tool in Tool}


def availabilities(tool: Tool) -> dict[str, list[Access]]:
    """The ways in which `tool` is listed; the locked ones in reject mode alone."""
    if tool is Tool.RELEASE_STATUS:
        return {"always": [Access(tool, None, None)]}
    if tool is not Tool.DEPLOY:
        return {"unlocked": [Access(tool, None, None)], "locked, in reject mode": [Access(tool, None, _LOCK)]}
    staging, production = (Access(tool, target, None) for target in _TARGETS)
    locked_staging, locked_production = (Access(tool, target, _LOCK) for target in _TARGETS)
    return {
        "staging": [staging],
        "staging and production": [staging, production],
        "staging, in reject mode": [staging, locked_production],
        "locked, in reject mode": [locked_staging, locked_production],
    }


def _written(ways: dict[str, list[Access]]) -> str:
    """What every availability has in common is written once."""
    shown: dict[str, Any] = {"availabilities": {}}
    for way, rows in ways.items():
        schema = tool_schema(rows[0].tool, tuple(rows)).model_dump(mode="json", by_alias=True, exclude_none=True)
        shown["outputSchema"] = schema.pop("outputSchema")
        shown["availabilities"][way] = schema
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in snapshots().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
