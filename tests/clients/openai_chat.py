"""OpenAI's chat completions, as opencode uses them."""

import json
from collections.abc import Mapping
from typing import Any

from tests.clients.turn import Call, Move, Offered, Say, Turn, by_own_name, since_last_move, texts


class Chat:
    def turn(self, path: str, body: Mapping[str, Any]) -> Turn | None:
        if not path.endswith("/chat/completions") or not body.get("tools"):
            return None
        functions = [one["function"] for one in body["tools"]]
        tools = [Offered(one["name"], one.get("description", ""), one.get("parameters", {})) for one in functions]
        new = since_last_move(body["messages"], "assistant")
        told = texts([_text(one["content"]) for one in new if one["role"] == "tool"])
        return Turn(by_own_name(tools), told, texts([one.get("content") for one in new]))

    def answer(self, turn: Turn, move: Move, number: int) -> tuple[str, str]:
        if isinstance(move, Call):
            function = {"name": turn.offered[move.tool].name, "arguments": json.dumps(move.arguments)}
            call = {"index": 0, "id": f"call_{number}", "type": "function", "function": function}
            delta: dict[str, Any] = {"role": "assistant", "tool_calls": [call]}
        else:
            delta = {"role": "assistant", "content": move.text}
        reason = "tool_calls" if isinstance(move, Call) else "stop"
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        chunks = [_chunk(number, delta, None), {**_chunk(number, {}, reason), "usage": usage}]
        return "text/event-stream", "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"

    def aside(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:  # noqa: ARG002 - every API has it
        return self.answer(Turn({}, ""), Say("A release"), 0)


def _text(content: Any) -> list[str]:
    """Of a message, whose content is text or a list of parts."""
    return [content] if isinstance(content, str) else [part.get("text", "") for part in content]


def _chunk(number: int, delta: Mapping[str, Any], reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": f"chat_{number}", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
    return {**chunk, "choices": [choice]}
