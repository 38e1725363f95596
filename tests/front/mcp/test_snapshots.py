"""A schema that changes is a reviewed diff of tool_schemas/."""

import json
from pathlib import Path

from sentinel.core.tools.catalog import Tool
from tests.front.mcp.snapshots import main, snapshots

SCHEMAS = Path(__file__).parents[3] / "tool_schemas"


def test_the_schemas_are_those_in_the_repository() -> None:
    found = {file.name: file.read_text(encoding="utf-8") for file in SCHEMAS.glob("*.json")}
    assert found == snapshots(), "run `make schemas` and review the difference"


def test_a_written_snapshot_shows_each_availability(tmp_path: Path) -> None:
    main(tmp_path)
    assert {file.stem for file in tmp_path.iterdir()} == set(Tool)
    deploy = json.loads((tmp_path / "deploy.json").read_text(encoding="utf-8"))
    assert {
        way: shown["inputSchema"]["properties"]["target"]["enum"] for way, shown in deploy["availabilities"].items()
    } == {
        "staging": ["staging"],
        "staging and production": ["staging", "production"],
        "always, in reject mode": ["staging", "production"],
    }
