"""Whoever waits for the daemon at a terminal sees for how long; nobody else does."""

import io
import socket
import sys
import threading

import pytest

from sentinel.front.operator import client

ERASED = "\r\x1b[K"


class Written(io.StringIO):
    """What is written there, and a mark once something was."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def write(self, text: str) -> int:
        self.begun.set()
        return super().write(text)


def answered(monkeypatch: pytest.MonkeyPatch, *, told: bool) -> tuple[bytes, str]:
    """An answer that comes once something was written, or at once where nothing is; and what was written."""
    monkeypatch.setattr(client, "WAITING_SECONDS", 0.01)
    stderr = Written()
    monkeypatch.setattr(sys, "stderr", stderr)
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def answer() -> None:
            if told:
                stderr.begun.wait(10)
            theirs.sendall(b"{}")
            theirs.sendall(b"\n")

        answering = threading.Thread(target=answer)
        answering.start()
        line = client._answer(ours, told=told)  # noqa: SLF001 - a whole command would have to be slow
        answering.join()
    return line, stderr.getvalue()


def test_a_person_sees_how_long_they_have_been_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    line, written = answered(monkeypatch, told=True)
    assert line == b"{}\n"
    assert written.startswith(f"{ERASED}Waiting for the daemon: 0 s")
    assert written.endswith(ERASED)


def test_nothing_is_written_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(monkeypatch, told=False) == (b"{}\n", "")
    assert not client._can_be_told()  # noqa: SLF001 - the same
