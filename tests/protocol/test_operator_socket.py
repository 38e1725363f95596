"""The operator socket of a real daemon: what is no request is refused in words, and hurts nobody else."""

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors import SentinelError
from sentinel.front.operator.client import OperatorClient, ReportedError
from tests.protocol.installation import Installation


class Line:
    """A connection that writes its own lines."""

    def __init__(self, path: Path) -> None:
        self._link = socket.socket(socket.AF_UNIX)
        self._link.settimeout(20)
        self._link.connect(str(path))
        self._answers = self._link.makefile("rb")

    def ask(self, line: bytes) -> Any:
        self._link.sendall(line + b"\n")
        return json.loads(self._answers.readline())

    def close(self) -> None:
        self._answers.close()
        self._link.close()


@pytest.fixture
def path(site: Installation) -> Path:
    return site.home / "operator" / "operator.sock"


def request(site: Installation, command: str, **arguments: object) -> bytes:
    return json.dumps({"command": command, "directory": str(site.project), "arguments": arguments}).encode()


def test_what_is_no_request_is_refused_and_the_next_one_answered(path: Path, site: Installation) -> None:
    line = Line(path)
    for broken in (b"{", b"[]", b'"status"', b'{"command": 1}', b"\xff\xfe", b'{"command": "status", "more": 1}'):
        refused = line.ask(broken)
        assert (refused["ok"], refused["rule"]) == (False, "BrokenMessage")
    assert line.ask(request(site, "status"))["ok"]
    line.close()


@pytest.mark.parametrize(
    ("command", "arguments", "rule"),
    [
        ("fire", {}, "UnknownCommand"),
        ("status", {"extra": True}, "BadInput"),
        ("approve", {"approval_id": "x"}, "BadInput"),
        ("follow", {"operation_id": "x", "seconds": 1e9}, "BadInput"),
        ("audit_entries", {"after": -1, "limit": 10**9}, "BadInput"),
        ("newest_audit_entries", {"after": 0, "limit": 10, "before": -1}, "BadInput"),
        ("import_sarif", {"document": "{}"}, "NotSarif"),
        ("resolve_finding", {"number": 7, "reason": "seen"}, "UnknownFinding"),
        ("resolve_finding", {"number": 7, "reason": "  "}, "MissingReason"),
        ("adopt", {"version": "one"}, "InvalidVersion"),
        ("adopt", {"version": "9.9.9"}, "Adoption"),
        ("resolve", {"production": None}, "LockedTool"),
        ("rollback", {"reason": "just so"}, "NothingToLeave"),
        ("question", {}, "NothingToApprove"),
        ("reject", {}, "NothingToReject"),
        ("close_sprint", {}, "LockedTool"),
        ("abandon", {"release_id": "none", "reason": "just so"}, "LockedTool"),
        ("abandon", {"release_id": "none", "reason": " "}, "BadInput"),
        ("cancel", {"operation_id": "none", "reason": "just so"}, "LockedTool"),
        ("reject", {"approval_id": "none", "reason": "just so"}, "ApprovalGone"),
        ("rollback_text", {}, "NothingToLeave"),
        ("adoption", {"version": "9.9.9"}, "Adoption"),
        ("adopt", {"version": "9.9.9", "folder": "relative"}, "BadInput"),
        ("adopt", {"version": "9.9.9", "folder": "/nul\0"}, "BadInput"),
        ("trust", {"digest": "0" * 64}, "TrustChanged"),
    ],
)
def test_a_refusal_names_its_rule(
    path: Path, site: Installation, command: str, arguments: dict[str, object], rule: str
) -> None:
    line = Line(path)
    refused = line.ask(request(site, command, **arguments))
    line.close()
    assert (refused["ok"], refused["rule"]) == (False, rule), refused
    assert refused["what"].endswith(".")
    assert refused["exit_code"] in (1, 2)


def test_the_sockets_are_their_owners_alone(path: Path, site: Installation) -> None:
    agents = site.home / "run" / "agent.sock"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path, agents)] == [0o700, 0o600, 0o600]


def test_who_asks_is_known_from_the_system(path: Path, site: Installation) -> None:
    client = OperatorClient(path, site.project)
    client.ask("start_sprint", name="Autumn")
    (entry,) = client.ask("audit_entries", after=1, limit=10)
    assert entry["actor"].startswith("person:")
    assert entry["actor"] != "person:"


def test_a_refusal_reaches_the_caller_with_its_exit_code(path: Path, site: Installation) -> None:
    with pytest.raises(ReportedError) as caught:
        OperatorClient(path, site.project).ask("reject")
    assert (caught.value.reported_rule, caught.value.reported_exit_code) == ("NothingToReject", 1)


def test_a_folder_without_a_repository_is_refused(path: Path, site: Installation) -> None:
    with pytest.raises(ReportedError, match="is not in a git working copy"):
        OperatorClient(path, site.home).ask("status")


def test_a_stopped_daemon_is_one_clear_sentence(own: Installation) -> None:
    path = own.home / "operator" / "operator.sock"
    assert own.run("daemon", "start").code == 0
    own.stop()
    assert not path.exists()
    with pytest.raises(SentinelError, match="No daemon answers at"):
        OperatorClient(path, own.project).ask("status")
