"""`python -m tests.front.mcp.snapshots DIR` writes each tool's schema in each availability."""

import json
import sys
from pathlib import Path
from typing import Any

from sentinel.core.tools.catalog import Tool
from sentinel.front.mcp.tools import DEFAULT, Preferences, tool_schema

REJECT = Preferences(locked_tools="reject")


def snapshots() -> dict[str, str]:
    """File name and content, for every tool."""
    return {f"{tool}.json": _written(tool, availabilities(tool)) for tool in Tool}


def availabilities(tool: Tool) -> dict[str, tuple[tuple[str, ...], Preferences]]:
    """The ways in which `tool` is listed: its targets, and for whom."""
    if tool is Tool.RELEASE_STATUS:
        return {"always": ((), DEFAULT), "with --longest-wait 540": ((), Preferences(longest_wait=540))}
    targets = tool.entry.targets
    opened = {" and ".join(targets[: end + 1]) or "unlocked": targets[: end + 1] for end in range(len(targets) or 1)}
    ways = {way: (shown, DEFAULT) for way, shown in opened.items()}
    return {**ways, "always, in reject mode": (targets, REJECT)}


def _written(tool: Tool, ways: dict[str, tuple[tuple[str, ...], Preferences]]) -> str:
    """What every availability has in common is written once."""
    shown: dict[str, Any] = {"availabilities": {}}
    for way, (targets, preferences) in ways.items():
        schema = tool_schema(tool, targets, preferences).model_dump(mode="json", by_alias=True, exclude_none=True)
        shown["outputSchema"] = schema.pop("outputSchema")
        shown["availabilities"][way] = schema
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in snapshots().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
