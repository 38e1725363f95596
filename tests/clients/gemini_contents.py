"""Google's Gemini API, as Gemini CLI uses it."""

import json
from collections.abc import Mapping
from typing import Any

from tests.clients.turn import Call, Move, Offered, Turn, by_own_name, since_last_move, texts


class Contents:
    def turn(self, path: str, body: Mapping[str, Any]) -> Turn | None:
        if ":streamGenerateContent" not in path:
            return None
        declared = [one for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ())]
        tools = [
            Offered(one["name"], one.get("description", ""), one.get("parametersJsonSchema", one.get("parameters", {})))
            for one in declared
        ]
        parts = [part for one in since_last_move(body["contents"], "model") for part in one["parts"]]
        results = [one["functionResponse"]["response"] for one in parts if "functionResponse" in one]
        return Turn(by_own_name(tools), texts(results), texts(parts))

    def answer(self, turn: Turn, move: Move, number: int) -> tuple[str, str]:  # noqa: ARG002 - every API has it
        if isinstance(move, Call):
            part: dict[str, Any] = {
                "functionCall": {"name": turn.offered[move.tool].name, "args": dict(move.arguments)}
            }
        else:
            part = {"text": move.text}
        return "text/event-stream", f"data: {json.dumps(_response(part))}\r\n\r\n"

    def aside(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:  # noqa: ARG002 - every API has it
        if "countTokens" in path:
            return "application/json", json.dumps({"totalTokens": 1})
        judged = {"reasoning": "-", "model_choice": "flash", "complexity_score": 1, "next_speaker": "user"}
        return "application/json", json.dumps(_response({"text": json.dumps(judged)}))


def _response(part: dict[str, Any]) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}
