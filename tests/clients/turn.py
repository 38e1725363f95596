"""What a model is given and what it answers, whatever the API is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

TOOLS = (
    "release_status",
    "start_sprint",
    "run_tests",
    "prepare_release",
    "deploy",
    "emergency_rollback",
    "abandon_release",
    "preview_release",
    "hold_release",
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool of Sentinel's in a request: the name that the client gave it, and what the model is shown."""

    name: str
    description: str
    schema: Mapping[str, Any]
    namespace: str = ""

    @property
    def targets(self) -> list[str]:
        return list(self.schema.get("properties", {}).get("target", {}).get("enum", ()))


@dataclass(frozen=True, slots=True)
class Turn:
    """A request to a model: Sentinel's tools by their own names, the result of its call, and all that came with it."""

    offered: Mapping[str, Offered]
    told: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model calls."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Say:
    """What the model says, which ends its work."""

    text: str


Move = Call | Say


class Dialect(Protocol):
    """A vendor's API."""

    def turn(self, path: str, body: Mapping[str, Any]) -> Turn | None:
        """None for a request that is not one of the agent's own, such as one for a title."""
        ...

    def answer(self, turn: Turn, move: Move, number: int) -> tuple[str, str]:
        """Content type and body."""
        ...

    def aside(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:
        """The answer to a request that is not one of the agent's own."""
        ...


def own_name(name: str) -> str | None:
    """Sentinel's own name of a tool that a client has prefixed, as in `mcp__sentinel__run_tests`."""
    return next((tool for tool in TOOLS if name == tool or (name.endswith(f"_{tool}") and "sentinel" in name)), None)


def by_own_name(tools: list[Offered]) -> dict[str, Offered]:
    return {own: tool for tool in tools if (own := own_name(f"{tool.namespace}_{tool.name}")) is not None}


def texts(value: object) -> str:
    """All text in a value of JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(texts(one) for one in value.values())
    return "\n".join(texts(one) for one in value) if isinstance(value, list) else ""


def since_last_move(messages: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """What came after the last message of `role`, which is the model's: results, and whatever the client adds."""
    last = max((index for index, one in enumerate(messages) if one.get("role") == role), default=-1)
    return messages[last + 1 :]
