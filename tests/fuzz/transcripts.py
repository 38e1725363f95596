"""What decent clients send, which hostile ones twist: nothing here changes the state of a project that is idle."""

from collections.abc import Sequence
from typing import Any

from tests.front.mcp.raw import ENVELOPE

Message = dict[str, Any]

HELLO: Message = {"sentinel": 1, "relay": "0.1.0", "directory": "@repository@", "locked_tools": "hide"}


def _requests(*asked: tuple[str, Message]) -> list[Message]:
    return [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(asked, 1)
    ]


def _notification(method: str, **params: Any) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def _call(name: str, **arguments: Any) -> tuple[str, Message]:
    return "tools/call", {"name": name, "arguments": arguments}


CALLS = (
    _call("release_status"),
    _call("release_status", wait_seconds=1),
    _call("deploy", target="staging"),
    _call("deploy", target="production", version="1.0.0"),
    _call("prepare_release", type="minor"),
    _call("emergency_rollback", reason="it burns"),
    _call("abandon_release", reason="a mistake"),
    _call("preview_release", type="minor"),
    _call("start_sprint"),
)
INFO = {"name": "fuzz", "version": "1"}
CAPABILITIES: Message = {"elicitation": {"form": {}}}
INITIALIZE = ("initialize", {"protocolVersion": "2025-11-25", "capabilities": CAPABILITIES, "clientInfo": INFO})
INITIALIZED = _notification("notifications/initialized")
WAITING = _call("release_status", wait_seconds=50)
LISTEN = ("subscriptions/listen", {"notifications": {"toolsListChanged": True}})

ERA_2025: Sequence[Message] = (
    *_requests(INITIALIZE),
    INITIALIZED,
    *_requests(("ping", {}), ("tools/list", {}), *CALLS)[1:],
    _notification("notifications/cancelled", requestId=3, reason="no more"),
    _notification("notifications/progress", progressToken=1, progress=0.5),
    {"jsonrpc": "2.0", "id": 77, "result": {"action": "accept", "content": {"confirmation": "DEPLOY-NOW"}}},
    {"jsonrpc": "2.0", "id": 78, "error": {"code": -1, "message": "no"}},
)
ERA_2026: Sequence[Message] = tuple(
    {**request, "params": {**request["params"], "_meta": ENVELOPE}}
    for request in _requests(("server/discover", {}), ("tools/list", {}), LISTEN, *CALLS, ("ping", {}))
)
UNASKED: Message = {
    "requestState": "a nonce that was never given",
    "inputResponses": {"confirmation": {"action": "accept", "content": {"confirmation": "DEPLOY-NOW"}}},
}
"""Params that answer a form which nobody has shown."""

OPERATOR: Sequence[Message] = tuple(
    {"command": command, "directory": "@repository@", "arguments": arguments}
    for command, arguments in (
        ("status", {}),
        ("question", {}),
        ("trust_preview", {}),
        ("findings", {"open_only": True}),
        ("audit_entries", {"after": 0, "limit": 10}),
        ("newest_audit_entries", {"after": 0, "before": None, "limit": 10}),
        ("verify_audit", {}),
        ("tokens", {}),
        ("reject", {}),
        ("resolve_finding", {"number": 10**6, "reason": "seen"}),
        ("follow", {"operation_id": "none", "seconds": 0.1}),
        ("approve", {"approval_id": "a", "plan_digest": "b", "phrase": "DEPLOY-NOW", "channel": "terminal"}),
        ("trust", {"digest": "0" * 64}),
        ("revoke_token", {"id": "none"}),
        ("import_sarif", {"document": "{}"}),
        ("adopt", {"version": "one"}),
        ("adoption", {"version": "9.9.9"}),
        ("adopt", {"version": "9.9.9", "commit": "c" * 40, "folder": "/tmp", "without": False}),  # noqa: S108 - no file
        ("abandon", {"release_id": "none", "reason": "just so"}),
        ("cancel", {"operation_id": "none", "reason": "just so"}),
        ("rollback_text", {}),
        ("rollback", {"reason": "just so", "text": "another"}),
        ("resolve", {"production": None}),
    )
)
