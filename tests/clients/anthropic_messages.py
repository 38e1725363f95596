"""Anthropic's Messages API, as Claude Code uses it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.clients.turn import Call, Move, Offered, Say, Turn, by_own_name, since_last_move, texts


class Messages:
    def turn(self, path: str, body: Mapping[str, Any]) -> Turn | None:
        tools = [Offered(t["name"], t.get("description", ""), t.get("input_schema", {})) for t in body.get("tools", [])]
        if not path.startswith("/v1/messages") or "count_tokens" in path or not tools:
            return None
        new = [one["content"] for one in since_last_move(body["messages"], "assistant")]
        blocks = [block for content in new if isinstance(content, list) for block in content]
        results = [block.get("content") for block in blocks if block.get("type") == "tool_result"]
        return Turn(by_own_name(tools), texts([part.get("text") for part in _parts(results)]), texts(new))

    def answer(self, turn: Turn, move: Move, number: int) -> tuple[str, str]:
        events = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in _events(turn, move, number))
        return "text/event-stream", events

    def aside(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:
        if "count_tokens" in path:
            return "application/json", json.dumps({"input_tokens": 1})
        if body.get("stream"):
            return self.answer(Turn({}, ""), Say("-"), 0)
        message = {**_message(0), "content": [{"type": "text", "text": "-"}], "stop_reason": "end_turn"}
        return "application/json", json.dumps(message)


def _parts(results: list[Any]) -> Iterator[dict[str, Any]]:
    """The content of results, which is text or a list of parts."""
    for content in results:
        yield from [{"text": content}] if isinstance(content, str) else content or []


def _events(turn: Turn, move: Move, number: int) -> Iterator[dict[str, Any]]:
    yield {"type": "message_start", "message": _message(number)}
    if isinstance(move, Call):
        name = turn.offered[move.tool].name
        block: dict[str, Any] = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(move.arguments)}
    else:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": move.text}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    reason = "tool_use" if isinstance(move, Call) else "end_turn"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": 1},
    }
    yield {"type": "message_stop"}


def _message(number: int) -> dict[str, Any]:
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
