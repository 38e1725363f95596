"""`python -m tests.repository.diagram` writes the diagram of docs/architecture.md from the transition table."""

import re

from sentinel.core.release.states import TRANSITIONS, Event, State, Transition
from tests.repository.markdown import ROOT

PAGE = ROOT / "docs" / "architecture.md"
_MARKED = re.compile(r"(<!-- states -->\n).*(<!-- /states -->)", re.DOTALL)


def diagram() -> str:
    """Every row but those that lead from nearly everywhere: the start of a rollback, and a history that was lost."""
    everywhere = (Event.ROLLBACK_STARTED, Event.HISTORY_LOST)
    rows = [row for row in TRANSITIONS if row.event not in everywhere or row.source is State.HALTED]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.IDLE}", *(_line(row) for row in rows), "```", ""]
    return "\n".join(lines)


def _line(row: Transition) -> str:
    lines = [f"    {row.source} --> {row.target}: {row.event}"]
    if row.without_sprint is not None:
        lines.append(f"    {row.source} --> {row.without_sprint}: {row.event}, no sprint open")
    return "\n".join(lines)


def with_diagram(text: str) -> str:
    return _MARKED.sub(lambda match: f"{match[1]}{diagram()}{match[2]}", text)


if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
