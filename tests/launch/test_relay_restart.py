"""The daemon ends in the middle of a client's session, politely or not: the session goes on with the next daemon."""

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY

from sentinel.adapters.processes import process_start
from sentinel.core.values.limits import MESSAGE_LIMIT
from tests.protocol.conftest import live, own, short_folder, small
from tests.protocol.installation import SENTINEL, Installation

__all__ = ["live", "own", "short_folder", "small"]

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0
RESTARTED = "The daemon was restarted; call again."
LIST_CHANGED = "notifications/tools/list_changed"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
ENVELOPE = {
    PROTOCOL_VERSION_META_KEY: "2026-07-28",
    CLIENT_INFO_META_KEY: {"name": "raw", "version": "1"},
    CLIENT_CAPABILITIES_META_KEY: {},
}
Message = dict[str, Any]
End = Callable[[Installation], None]


class RelayClient:
    """Writes its own lines to a relay, in either era, and reads what comes back."""

    def __init__(self, installation: Installation, era: str) -> None:
        self.modern = era == "2026"
        self._next = 0
        self._kept = b""
        parameters = installation.parameters()
        self.process = subprocess.Popen(
            [parameters.command, *parameters.args],
            env=parameters.env,
            cwd=installation.project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    @property
    def _out(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def open(self) -> None:
        """The handshake of the 2025 era; a stream of changes in the 2026 era."""
        if self.modern:
            self.ask("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id="listen")
            self.until(lambda message: message.get("method") == ACKNOWLEDGED)
        else:
            info = {"name": "raw", "version": "1"}
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
            self.answer(self.ask("initialize", params))
            self.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode() + b"\n")

    def ask(self, method: str, params: Mapping[str, Any] | None = None, *, id: object = None) -> object:
        self.write(self.request(method, params, id=id) + b"\n")
        return self._next if id is None else id

    def request(self, method: str, params: Mapping[str, Any] | None = None, *, id: object = None) -> bytes:
        self._next += 1
        meta = {"_meta": ENVELOPE} if self.modern else {}
        message = {"id": self._next if id is None else id, "method": method, "params": {**(params or {}), **meta}}
        return json.dumps({"jsonrpc": "2.0", **message}).encode()

    def call(self, tool: str, **arguments: Any) -> Message:
        """The result of a tool's call."""
        asked = self.ask("tools/call", {"name": tool, "arguments": arguments})
        return dict(self.answer(asked)["result"])

    def wait_for_status(self, seconds: int) -> object:
        """An open call, which the daemon has begun to serve."""
        before = self.call("release_status")
        assert not before["isError"]
        return self.ask("tools/call", {"name": "release_status", "arguments": {"wait_seconds": seconds}})

    def answer(self, asked: object) -> Message:
        return self.until(lambda message: message.get("id") == asked and "method" not in message)

    def told_of_change(self) -> Message:
        return self.until(lambda message: message.get("method") == LIST_CHANGED)

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        while (message := self.read()) is not None:
            if wanted(message):
                return message
        raise AssertionError(f"the relay ended: {self.process.stderr and self.process.stderr.read()!r}")

    def read(self, seconds: float = SECONDS) -> Message | None:
        """The next message; None at the end."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._kept:
            if not self._selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            data = os.read(self._out, 65536)
            if not data:
                return None
            self._kept += data
        line, _, self._kept = self._kept.partition(b"\n")
        return dict(json.loads(line))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def leave(self) -> int:
        """Ends the client's side; the relay's exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)

    def close(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        self.process.wait()
        self._selector.close()


@pytest.fixture(params=["2025", "2026"])
def client(request: pytest.FixtureRequest, own: Installation) -> Iterator[RelayClient]:
    client = RelayClient(own, str(request.param))
    yield client
    client.close()


def daemon_pid(installation: Installation) -> int:
    return int((installation.home / "daemon.lock").read_text())


def kill(installation: Installation) -> None:
    """`kill -9` of the daemon, and its end."""
    pid = daemon_pid(installation)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while process_start(pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def restart(installation: Installation) -> None:
    """As people do it for an upgrade."""
    assert installation.run("daemon", "stop").code == 0
    assert installation.run("daemon", "start").code == 0


def stop(installation: Installation) -> None:
    assert installation.run("daemon", "stop").code == 0


ENDS = pytest.mark.parametrize("end", [kill, restart])


@ENDS
def test_an_idle_client_is_told_to_read_the_list_again_and_goes_on(
    client: RelayClient, own: Installation, end: End
) -> None:
    client.open()
    before = client.answer(client.ask("tools/list"))["result"]["tools"]
    end(own)
    told = client.told_of_change()
    if client.modern:
        assert told["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": "listen"}
    assert client.answer(client.ask("tools/list"))["result"]["tools"] == before
    assert client.call("release_status")["structuredContent"]["state"] == "IDLE"


@ENDS
def test_an_open_wait_is_answered_in_words_and_the_next_call_is_served(
    client: RelayClient, own: Installation, end: End
) -> None:
    client.open()
    asked = client.wait_for_status(45)
    began = time.monotonic()
    end(own)
    result = client.answer(asked)["result"]
    assert time.monotonic() - began < 40
    assert (result["isError"], result["content"]) == (True, [{"type": "text", "text": RESTARTED}])
    assert result.get("resultType") == ("complete" if client.modern else None)
    assert client.call("release_status")["structuredContent"]["state"] == "IDLE"


@ENDS
def test_a_stream_of_changes_goes_on_and_is_acknowledged_once(client: RelayClient, own: Installation, end: End) -> None:
    client.open()
    client.ask("tools/list")
    end(own)
    client.told_of_change()
    client.answer(client.ask("tools/list"))
    client.ask("tools/call", {"name": "start_sprint", "arguments": {"name": "One"}})
    heard = client.until(lambda message: message.get("method") in (LIST_CHANGED, ACKNOWLEDGED))
    assert heard["method"] == LIST_CHANGED


@ENDS
def test_a_line_of_which_half_is_written_reaches_the_next_daemon_whole(
    client: RelayClient, own: Installation, end: End
) -> None:
    client.open()
    client.answer(client.ask("tools/list"))
    line = client.request("tools/call", {"name": "start_sprint", "arguments": {"name": "Begun"}}, id="half")
    client.write(line[:40])
    end(own)
    client.told_of_change()
    client.write(line[40:] + b"\n")
    assert client.answer("half")["result"]["structuredContent"]["sprint"] == "Begun"


def test_calls_that_are_made_while_no_daemon_runs_are_served(client: RelayClient, own: Installation) -> None:
    client.open()
    client.answer(client.ask("tools/list"))
    stop(own)
    asked = {client.ask("tools/call", {"name": "release_status", "arguments": {}}) for _ in range(5)}
    while asked:
        answer = client.until(lambda message: "result" in message)
        assert not answer["result"]["isError"]
        asked.remove(answer["id"])


def test_a_daemon_that_was_stopped_stays_stopped_until_the_client_needs_it(
    client: RelayClient, own: Installation
) -> None:
    client.open()
    client.answer(client.ask("tools/list"))
    stop(own)
    with pytest.raises(TimeoutError):
        client.read(1.5)
    assert not (own.home / "run" / "agent.sock").exists()
    assert client.call("release_status")["structuredContent"]["state"] == "IDLE"


def test_the_client_may_leave_while_no_daemon_runs(client: RelayClient, own: Installation) -> None:
    client.open()
    client.answer(client.ask("tools/list"))
    stop(own)
    began = time.monotonic()
    assert client.leave() == 0
    assert time.monotonic() - began < 5
    assert not (own.home / "run" / "agent.sock").exists()


def test_a_session_outlives_several_daemons(client: RelayClient, own: Installation) -> None:
    client.open()
    for _ in range(3):
        asked = client.wait_for_status(45)
        kill(own)
        assert client.answer(asked)["result"]["content"][0]["text"] == RESTARTED
    assert client.call("start_sprint", name="One")["structuredContent"]["state"] == "ACTIVE"
    assert client.leave() == 0


@pytest.mark.parametrize("client", ["2026"], indirect=True)
def test_a_session_that_probed_both_eras_goes_on_in_its_own(client: RelayClient, own: Installation) -> None:
    assert "result" in client.answer(client.ask("server/discover"))
    client.modern = False
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
    assert "error" in client.answer(client.ask("initialize", params))
    client.modern = True
    asked = client.wait_for_status(45)
    kill(own)
    assert client.answer(asked)["result"]["content"][0]["text"] == RESTARTED
    assert client.call("release_status")["structuredContent"]["state"] == "IDLE"


def test_a_line_that_is_too_long_is_refused_and_the_next_one_served(client: RelayClient, own: Installation) -> None:
    client.open()
    for _ in range(2):
        client.write(b'"' + b"x" * (2 * MESSAGE_LIMIT) + b'"\n')
        refusal = client.until(lambda message: "error" in message)
        assert refusal["error"]["message"].startswith("The message is longer than 4194304 bytes.")
        assert not client.call("release_status")["isError"]
        kill(own)
        client.told_of_change()


def test_a_daemon_that_cannot_start_again_ends_the_session_with_the_reason(own: Installation) -> None:
    soon = "import sentinel.launch.relay as session; session.RECONNECT_SECONDS = 2; "
    client = RelayClient(Installation(own.home, own.project, program=(*SENTINEL[:3], soon + SENTINEL[3])), "2025")
    try:
        client.open()
        client.answer(client.ask("tools/list"))
        (own.home / "daemon.toml").write_text("broken = [")
        kill(own)
        asked = client.ask("tools/list")
        with pytest.raises(AssertionError, match=r"The daemon ended and is not back after 2 s\. .*daemon\.toml"):
            client.answer(asked)
        assert client.process.wait(SECONDS) == 1
    finally:
        client.close()
