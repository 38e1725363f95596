"""What a client and the daemon have said to each other, as far as the next daemon has to know of it.

Pure: lines in, lines out. Imported once there is something to record, since json takes time; dataclasses take more.
"""

import json

RESTARTED = "The daemon was restarted; call again."
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
"""Every request of the 2026 era has it in its `_meta`, and no request of the 2025 era."""
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"
LISTEN = "subscriptions/listen"
INVALID_REQUEST = -32600
FORMS_LIMIT = 64
"""Forms of the 2026 era that are remembered as open."""

Message = dict[str, object]


class _Open:
    """A request of the client's that has no answer yet; `acknowledged` is of listen requests."""

    def __init__(self, message: Message, line: bytes) -> None:
        self.message = message
        self.line = line
        self.acknowledged = False

    @property
    def method(self) -> object:
        return self.message["method"]


class SessionRecord:
    """One client's session, over any number of daemons. Not for several threads at once."""

    def __init__(self) -> None:
        self._modern: bool | None = None
        """Whether the session is of the 2026 era: a daemon takes that from the first request, and keeps to it."""
        self._initialize: _Open | None = None
        self._initialized: bytes | None = None
        self._open: dict[str, _Open] = {}
        # The daemon's own open requests: by the id that the client knows, that id and the daemon's.
        self._asked: dict[str, tuple[object, object]] = {}
        self._stale_asked: set[str] = set()
        self._forms: list[str] = []
        self._stale_forms: set[str] = set()
        self._daemons = 1

    @property
    def waiting(self) -> bool:
        """Whether the client waits for an answer that comes by itself."""
        return any(one.method != LISTEN for one in self._open.values())

    def from_client(self, line: bytes) -> tuple[bytes, bytes]:
        """What the daemon gets of a line, and what the client is answered instead."""
        message = _message(line)
        if message is None:
            return line, b""
        if "method" not in message:
            return self._response(message, line), b""
        if "id" not in message:
            self._notified(message, line)
            return line, b""
        form = _member(message, "params", "requestState")
        if isinstance(form, str) and form in self._stale_forms:
            return b"", _restarted(message)
        self._forms = [one for one in self._forms if one != form]
        opened = self._open[_key(message["id"])] = _Open(message, line)
        if self._modern is None:
            self._modern = opened.method != "initialize" and _has_envelope(message)
        if opened.method == "initialize" and not self._modern:
            self._initialize = opened
        return line, b""

    def from_daemon(self, line: bytes) -> bytes:
        """What the client gets of a line; nothing of what an earlier daemon has said already."""
        message = _message(line)
        if message is None:
            return line
        if "method" not in message:
            return self._answer(message, line)
        if "id" in message:
            return self._request(message, line)
        if message["method"] == "notifications/subscriptions/acknowledged":
            return self._acknowledgement(message, line)
        return self._withdrawal(message, line) if message["method"] == "notifications/cancelled" else line

    def lost(self) -> list[bytes]:
        """The daemon is gone: what the client is told of the calls and forms that went with it."""
        self._daemons += 1
        gone = [key for key, one in self._open.items() if one.method in self._never_repeated]
        told = [_restarted(self._open.pop(key).message) for key in gone]
        told += [_withdrawn(shown) for shown, _ in self._asked.values()]
        self._stale_asked.update(self._asked)
        self._asked.clear()
        self._stale_forms.update(self._forms)
        self._forms.clear()
        return told

    @property
    def _never_repeated(self) -> tuple[str, ...]:
        """Calls may have been carried out; an `initialize` in the 2026 era would open a session of the other one."""
        return ("tools/call", "initialize") if self._modern else ("tools/call",)

    @property
    def initialize(self) -> bytes | None:
        """What a new daemon has to answer before it is told anything else."""
        return None if self._initialize is None else self._initialize.line

    def answers_initialize(self, line: bytes) -> bool:
        message, opened = _message(line), self._initialize
        if message is None or "method" in message or opened is None:
            return False
        return _key(message.get("id")) == _key(opened.message["id"])

    def repeated(self) -> list[bytes]:
        """What else a new daemon is told: everything open is asked again, for these requests change nothing."""
        lines = [one.line for one in self._open.values() if one is not self._initialize]
        return lines if self._initialized is None else [self._initialized, *lines]

    def list_changed(self) -> list[bytes]:
        """For clients that have asked to be told, in the words of their era."""
        method = "notifications/tools/list_changed"
        if self._initialized is not None:
            return [_written({"method": method})]
        listening = [one.message for one in self._open.values() if one.acknowledged and _hears_of_tools(one.message)]
        return [_written({"method": method, "params": {"_meta": {SUBSCRIPTION_KEY: one["id"]}}}) for one in listening]

    def _notified(self, message: Message, line: bytes) -> None:
        if message["method"] == "notifications/initialized":
            self._initialized = None if self._modern else line
        elif message["method"] == "notifications/cancelled":
            self._open.pop(_key(_member(message, "params", "requestId")), None)

    def _response(self, message: Message, line: bytes) -> bytes:
        """To a form of this daemon's; to one of an earlier daemon's it would be an answer that nobody asked for."""
        key = _key(message.get("id"))
        if key in self._stale_asked:
            self._stale_asked.discard(key)
            return b""
        shown, asked = self._asked.pop(key, (None, None))
        return line if shown == asked else _written({**message, "id": asked})

    def _answer(self, message: Message, line: bytes) -> bytes:
        """Of `initialize` the client gets the first one alone."""
        form = _member(message, "result", "requestState")
        if isinstance(form, str):
            self._forms = [*self._forms[1 - FORMS_LIMIT :], form]
        opened = self._open.pop(_key(message.get("id")), None)
        if opened is None and self.answers_initialize(line):
            return b""
        if opened is not None and opened is self._initialize and "error" in message:
            self._initialize = self._modern = None
        return line

    def _request(self, message: Message, line: bytes) -> bytes:
        shown = self._shown(message["id"])
        self._asked[_key(shown)] = (shown, message["id"])
        return line if shown == message["id"] else _written({**message, "id": shown})

    def _withdrawal(self, message: Message, line: bytes) -> bytes:
        """The daemon gives one of its own requests up."""
        asked = _member(message, "params", "requestId")
        shown = self._shown(asked)
        self._asked.pop(_key(shown), None)
        return line if shown == asked else _withdrawn(shown)

    def _shown(self, asked: object) -> object:
        """Each daemon counts its requests from the start, so those of later ones get a number that no other one has."""
        return asked if self._daemons == 1 else f"{self._daemons}:{asked}"

    def _acknowledgement(self, message: Message, line: bytes) -> bytes:
        """Of a stream of changes; the client gets the first one alone."""
        opened = self._open.get(_key(_member(message, "params", "_meta", SUBSCRIPTION_KEY)))
        if opened is None:
            return line
        known, opened.acknowledged = opened.acknowledged, True
        return b"" if known else line


def _message(line: bytes) -> Message | None:
    """The message of a line; None for what is none, which is the daemon's to answer."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _key(request_id: object) -> str:
    """1 and "1" are two ids."""
    return json.dumps(request_id)


def _member(message: object, *path: str) -> object:
    for name in path:
        message = message.get(name) if isinstance(message, dict) else None
    return message


def _hears_of_tools(listen: Message) -> bool:
    return _member(listen, "params", "notifications", "toolsListChanged") is True


def _has_envelope(request: Message) -> bool:
    return _member(request, "params", "_meta", VERSION_KEY) is not None


def _restarted(request: Message) -> bytes:
    """The answer to a call is one that a model is shown, which an error of JSON-RPC would not be."""
    if request["method"] != "tools/call":
        return _written({"id": request["id"], "error": {"code": INVALID_REQUEST, "message": RESTARTED}})
    result: Message = {"content": [{"type": "text", "text": RESTARTED}], "isError": True}
    if _has_envelope(request):
        result["resultType"] = "complete"
    return _written({"id": request["id"], "result": result})


def _withdrawn(request_id: object) -> bytes:
    return _written({"method": "notifications/cancelled", "params": {"requestId": request_id, "reason": RESTARTED}})


def _written(message: Message) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
