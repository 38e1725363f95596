"""What the relay keeps of a session, so that the next daemon can go on with it."""

import json
from typing import Any

import pytest

from sentinel.launch.relay import Lines
from sentinel.launch.relay_record import RESTARTED, VERSION_KEY, SessionRecord


def line(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode() + b"\n"


def call(id: object, **params: Any) -> bytes:
    return line(id=id, method="tools/call", params={"name": "deploy", "arguments": {}, **params})


def told(lines: list[bytes]) -> list[Any]:
    return [json.loads(one) for one in lines]


@pytest.fixture
def record() -> SessionRecord:
    """An initialized session of the 2025 era."""
    record = SessionRecord()
    record.from_client(INITIALIZE)
    record.from_daemon(line(id=0, result={}))
    record.from_client(INITIALIZED)
    return record


INITIALIZE = line(id=0, method="initialize", params={})
INITIALIZED = line(method="notifications/initialized")


def test_everything_passes_as_it_is_while_one_daemon_lives(record: SessionRecord) -> None:
    lines = [
        b"",
        b"{\n",
        b"[]\n",
        b"[" * 100_000,
        b'{"id": ' + b"1" * 5000 + b"}\n",
        b"\xff\xfe\n",
        b'{"method": 7}\n',
        line(id=7, method="elicitation/create"),
        line(id=7, result={"action": "accept"}),
        line(id=[{}], method="x"),
        line(method="notifications/cancelled"),
        line(method="notifications/cancelled", params=[]),
        line(id=None, error={}),
    ]
    assert [record.from_daemon(one) for one in lines] == lines
    assert [record.from_client(one) for one in lines] == [(one, b"") for one in lines]


def test_the_answer_to_initialize_is_passed_on_once(record: SessionRecord) -> None:
    record.lost()
    assert record.initialize == INITIALIZE
    again = line(id=0, result={"again": True})
    assert record.answers_initialize(again)
    assert record.from_daemon(again) == b""
    assert record.repeated() == [INITIALIZED]


def test_an_initialize_that_was_not_answered_is_answered_by_the_next_daemon() -> None:
    record = SessionRecord()
    record.from_client(INITIALIZE)
    assert record.waiting
    assert record.lost() == []
    assert record.repeated() == []
    assert record.list_changed() == []
    answer = line(id=0, result={})
    assert record.from_daemon(answer) == answer


def test_a_session_that_opened_in_the_2026_era_is_never_initialized() -> None:
    record = SessionRecord()
    discover = line(id="probe", method="server/discover", params={"_meta": {VERSION_KEY: "2026-07-28"}})
    record.from_client(discover)
    record.from_client(INITIALIZE)
    record.from_client(INITIALIZED)
    (refused,) = told(record.lost())
    assert (refused["id"], refused["error"]["message"]) == (0, RESTARTED)
    assert record.initialize is None
    assert record.repeated() == [discover]
    assert record.list_changed() == []
    for answer in (line(id="probe", result={}), line(id=0, error={})):
        assert record.from_daemon(answer) == answer


def test_an_initialize_that_was_refused_is_not_repeated() -> None:
    record = SessionRecord()
    record.from_client(INITIALIZE)
    record.from_daemon(line(id=0, error={"code": -32602}))
    record.lost()
    assert record.initialize is None
    again = line(id=1, method="initialize", params={})
    record.from_client(again)
    assert record.initialize == again


def test_open_calls_are_answered_and_everything_else_that_is_open_is_asked_again(record: SessionRecord) -> None:
    asked = line(id="1", method="tools/list")
    for one in (call(1), asked, line(id=3, method="ping")):
        record.from_client(one)
    record.from_daemon(line(id=3, result={}))
    (answer,) = told(record.lost())
    assert answer["id"] == 1
    assert answer["result"] == {"content": [{"type": "text", "text": RESTARTED}], "isError": True}
    assert record.repeated() == [INITIALIZED, asked]
    assert told(record.list_changed()) == [{"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}]
    assert record.lost() == []


def test_a_call_that_the_client_has_cancelled_is_not_answered(record: SessionRecord) -> None:
    record.from_client(call(1))
    record.from_client(line(method="notifications/cancelled", params={"requestId": 1}))
    assert not record.waiting
    assert record.lost() == []


def test_a_form_that_was_open_is_withdrawn_and_a_late_answer_to_it_reaches_nobody(record: SessionRecord) -> None:
    form = line(id=0, method="elicitation/create", params={"message": "?"})
    assert record.from_daemon(form) == form
    (withdrawn,) = told(record.lost())
    assert (withdrawn["method"], withdrawn["params"]["requestId"]) == ("notifications/cancelled", 0)
    (shown,) = told([record.from_daemon(form)])
    assert shown["id"] == "2:0"
    accepted = {"action": "accept"}
    assert record.from_client(line(id=0, result=accepted)) == (b"", b"")
    to_daemon, _ = record.from_client(line(id="2:0", result=accepted))
    assert told([to_daemon]) == [{"jsonrpc": "2.0", "id": 0, "result": accepted}]


def test_an_answer_that_nobody_asked_for_still_reaches_the_daemon(record: SessionRecord) -> None:
    record.lost()
    unasked = line(id=9, result={"action": "accept"})
    assert record.from_client(unasked) == (unasked, b"")


def test_a_form_that_a_later_daemon_withdraws_is_withdrawn_by_the_id_that_the_client_knows(
    record: SessionRecord,
) -> None:
    record.lost()
    record.from_daemon(line(id=5, method="elicitation/create"))
    (withdrawn,) = told([record.from_daemon(line(method="notifications/cancelled", params={"requestId": 5}))])
    assert withdrawn["params"]["requestId"] == "2:5"
    assert record.lost() == []


def test_an_answer_to_an_earlier_daemons_form_of_the_2026_era_is_answered_in_words() -> None:
    record = SessionRecord()
    record.from_client(call(1))
    record.from_daemon(line(id=1, result={"resultType": "input_required", "requestState": "nonce"}))
    record.lost()
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
    to_daemon, answer = record.from_client(call(2, requestState="nonce", inputResponses={}, _meta=meta))
    assert to_daemon == b""
    assert json.loads(answer)["result"]["content"][0]["text"] == RESTARTED
    assert json.loads(answer)["result"]["resultType"] == "complete"
    fresh = call(3, requestState="another")
    assert record.from_client(fresh) == (fresh, b"")


def test_streams_of_changes_are_opened_again_and_told_of_a_change_once_they_were_acknowledged() -> None:
    record = SessionRecord()
    streams = {
        "tools": {"toolsListChanged": True},
        "prompts": {"promptsListChanged": True},
        "early": {"toolsListChanged": True},
        "ended": {"toolsListChanged": True},
    }
    listens = {
        name: line(id=name, method="subscriptions/listen", params={"notifications": wanted})
        for name, wanted in streams.items()
    }
    for one in listens.values():
        record.from_client(one)
    for name in ("tools", "prompts", "ended"):
        assert record.from_daemon(acknowledgement(name)) == acknowledgement(name)
    record.from_client(line(method="notifications/cancelled", params={"requestId": "ended"}))
    assert not record.waiting
    record.lost()
    assert record.repeated() == [listens[name] for name in ("tools", "prompts", "early")]
    (changed,) = told(record.list_changed())
    assert changed["params"] == {"_meta": {"io.modelcontextprotocol/subscriptionId": "tools"}}
    assert record.from_daemon(acknowledgement("tools")) == b""
    assert record.from_daemon(acknowledgement("early")) == acknowledgement("early")


def acknowledgement(id: str) -> bytes:
    params = {"_meta": {"io.modelcontextprotocol/subscriptionId": id}}
    return line(method="notifications/subscriptions/acknowledged", params=params)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_are_whole_however_they_arrive(size: int) -> None:
    data = b"one\n\ntwo\r\n" + b"x" * 30 + b"\nlast"
    lines = Lines(10)
    found = [one for start in range(0, len(data), size) for one in lines.feed(data[start : start + size])]
    assert found == [b"one\n", b"\n", b"two\r\n", b"x" * 11 + b"\n"]
    assert bytes(lines.rest) == b"last"
