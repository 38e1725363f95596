"""OpenAI's Responses API, as Codex uses it: tools of an MCP server are in a namespace."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.clients.turn import Call, Move, Offered, Turn, by_own_name, texts


class Responses:
    def turn(self, path: str, body: Mapping[str, Any]) -> Turn | None:
        if not path.endswith("/responses"):
            return None
        calls = [index for index, one in enumerate(body["input"]) if one.get("type") == "function_call"]
        new = body["input"][calls[-1] + 1 if calls else 0 :]
        outputs = [one["output"] for one in new if one.get("type") == "function_call_output"]
        told = texts([_text(output) for output in outputs])
        return Turn(by_own_name(list(_tools(body.get("tools", [])))), told, texts(new))

    def answer(self, turn: Turn, move: Move, number: int) -> tuple[str, str]:
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": {"id": f"resp_{number}"}},
            {"type": "response.output_item.done", "output_index": 0, "item": _item(turn, move, number)},
            {"type": "response.completed", "response": {"id": f"resp_{number}", "usage": usage}},
        ]
        return "text/event-stream", "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)

    def aside(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:  # noqa: ARG002 - every API has it
        return "application/json", json.dumps({"data": [], "models": []})


def _text(output: Any) -> list[str]:
    """Of a call's output, which is text or a list of parts."""
    return [output] if isinstance(output, str) else [part.get("text", "") for part in output]


def _tools(tools: list[dict[str, Any]]) -> Iterator[Offered]:
    for tool in tools:
        if tool.get("type") == "namespace":
            for one in tool["tools"]:
                yield Offered(one["name"], one.get("description", ""), one.get("parameters", {}), tool["name"])
        elif tool.get("type") == "function":
            yield Offered(tool["name"], tool.get("description", ""), tool.get("parameters", {}))


def _item(turn: Turn, move: Move, number: int) -> dict[str, Any]:
    if not isinstance(move, Call):
        content = [{"type": "output_text", "text": move.text}]
        return {"type": "message", "role": "assistant", "id": f"msg_{number}", "content": content}
    offered = turn.offered[move.tool]
    item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": offered.name}
    space = {"namespace": offered.namespace} if offered.namespace else {}
    return {**item, **space, "arguments": json.dumps(move.arguments)}
