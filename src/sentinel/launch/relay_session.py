"""One client's session over `sentinel mcp`, which goes on with the next daemon where one ends."""
# pathlib costs more milliseconds than all of the relay, and so does what is imported where it is needed.
# ruff: noqa: PTH110, PLC0415

import os
import select
import socket
import threading
import time
from collections.abc import Mapping

from sentinel.core.values.limits import MESSAGE_LIMIT
from sentinel.launch.agent_link import CHUNK, REPLY_SECONDS, LinkRefused, open_link
from sentinel.launch.locations import agent_socket, state_home, system_agent_socket, system_folder
from sentinel.launch.relay_lines import Lines, Link, write_out

TYPE_CHECKING = False  # `typing` is slow
if TYPE_CHECKING:
    from sentinel.launch.relay_record import SessionRecord

UNSENT_LIMIT = 8 * 1024 * 1024
"""Bytes from the client that wait for a daemon."""
UNREAD_LIMIT = 16
"""Lines from the client that are recorded only once the daemon has answered the first of them."""
RECONNECT_SECONDS = 45.0
"""How long a client that needs a daemon waits for one: most give a call up after a minute."""
LOOK_SECONDS = 0.2
"""A daemon that is stopped takes a moment to remove its socket."""
LONGEST_PAUSE_SECONDS = 5.0
OFTEN = 12
OFTEN_SECONDS = 120.0
"""Where daemons end more often than that within that time, the session ends too."""


class Daemon:
    """How the daemon is reached, and whether somebody has stopped it."""

    def __init__(self, environ: Mapping[str, str], directory: str, said: Mapping[str, str]) -> None:
        self._environ = environ
        self._directory = directory
        self._said = said

    def connect(self) -> Link:
        """An accepted connection; in advisory mode a daemon is started where none runs. Raises LinkRefused."""
        return Link(open_link(self._environ, self._directory, self._said))

    def is_stopped(self) -> bool:
        """A daemon that was stopped has removed its socket; one that crashed has not."""
        system = system_folder(self._environ)
        return not os.path.exists(system_agent_socket(system) if system else agent_socket(state_home(self._environ)))


class RelaySession:
    """Two threads: this one reads the client, the other one the daemon, and finds the next daemon.

    A daemon that was stopped is started again as soon as the client needs one, and one that crashed at once.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._link: Link | None = daemon.connect()
        """None while there is no daemon that takes lines."""
        self._record: SessionRecord | None = None
        self._unread: list[bytes] = []
        self._waiting: list[bytes] = []
        self._told: list[bytes] = []
        self._ends: list[float] = []
        self._client_left = threading.Event()
        self._refused: LinkRefused | None = None
        self._over, self._end = os.pipe()

    def run(self) -> None:
        """Until either side ends for good. Raises LinkRefused where it is the daemon's."""
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        self._read_client()
        self._client_left.set()
        with self._lock:
            link = self._link
        if link is not None:
            link.end()
            thread.join()
        if self._refused is not None:
            raise self._refused

    def _read_client(self) -> None:
        lines = Lines(MESSAGE_LIMIT)
        while True:
            try:
                ready, _, _ = select.select([0, self._over], [], [])
                data = os.read(0, CHUNK) if self._over not in ready else b""
            except OSError:
                data = b""
            if not data:
                break
            self._pass_on(lines.feed(data))
        if lines.rest:
            self._pass_on([bytes(lines.rest)])

    def _pass_on(self, lines: list[bytes]) -> None:
        """The client's lines; they wait where there is no daemon. Raises LinkRefused for too many of them."""
        with self._lock:
            link = self._link
            if link is None:
                self._waiting += lines
                if sum(map(len, self._waiting)) > UNSENT_LIMIT:
                    raise LinkRefused("The daemon ended, and the client has sent too much since. Reconnect it.", 1)
                return
            data = self._recorded(lines)
        link.send(data)  # where that fails, the other thread finds out

    def _recorded(self, lines: list[bytes]) -> bytes:
        """What the daemon gets of them. The lock is held."""
        if self._record is None and len(self._unread) + len(lines) <= UNREAD_LIMIT:
            self._unread += lines
            return b"".join(lines)
        record = self._begun_record()
        both = [record.from_client(line) for line in lines]
        self._tell(b"".join(answer for _, answer in both))
        return b"".join(line for line, _ in both)

    def _begun_record(self) -> "SessionRecord":
        """The lock is held."""
        if self._record is None:
            from sentinel.launch.relay_record import SessionRecord

            self._record = SessionRecord()
            for line in self._unread:
                self._record.from_client(line)
            self._unread.clear()
        return self._record

    def _tell(self, data: bytes) -> None:
        """The client; a lock, since both threads do. Raises OSError."""
        with self._writing:
            write_out(data)

    def _serve(self) -> None:
        """Passes the daemons' lines on until the client is gone, or no daemon is to be had."""
        try:
            link = self._link
            while link is not None:
                self._receive(link)
                link = None if self._client_left.is_set() else self._reconnected()
        except LinkRefused as refused:
            self._refused = refused
        except OSError:  # the client reads no more
            pass
        finally:
            os.write(self._end, b"x")

    def _receive(self, link: Link) -> None:
        """Until the daemon is gone."""
        while (lines := link.read()) is not None:
            early = self._record is None
            if early:  # the first answer is not kept waiting for what is imported to record it
                self._tell(b"".join(lines))
            with self._lock:
                record = self._begun_record()
                data = b"".join([record.from_daemon(line) for line in lines])
            if not early:
                self._tell(data)

    def _reconnected(self) -> Link | None:
        """The next daemon, which knows the session; None where the client leaves before there is one.

        Raises LinkRefused.
        """
        pause = self._pause()
        with self._lock:
            self._link = None
            record = self._begun_record()
            needed = record.waiting
            self._told += record.lost()
        deadline = 0.0
        while not self._client_left.wait(pause):
            if not (needed or self._waiting) and self._daemon.is_stopped():
                continue
            deadline = deadline or time.monotonic() + RECONNECT_SECONDS
            try:
                link = self._daemon.connect()
                if self._resumed(link, record):
                    return link
                link.end(socket.SHUT_RDWR)
                reason = "It ended again, or did not answer."
            except LinkRefused as refused:
                reason = refused.sentence
            if time.monotonic() > deadline:
                raise LinkRefused(f"The daemon ended and is not back after {RECONNECT_SECONDS:.0f} s. {reason}", 1)
            with self._lock:
                self._told += record.lost()
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return None

    def _pause(self) -> float:
        """How long to wait before the first look: the longer, the more often daemons have ended. Raises LinkRefused."""
        now = time.monotonic()
        self._ends = [*(end for end in self._ends if now - end < OFTEN_SECONDS), now]
        if len(self._ends) > OFTEN:
            times = f"{OFTEN} times within {OFTEN_SECONDS:.0f} s"
            raise LinkRefused(f"The daemon ended {times}. Its log says why: run `sentinel status`.", 1)
        return float(min(LOOK_SECONDS * 2 ** (len(self._ends) - 1), LONGEST_PAUSE_SECONDS))

    def _resumed(self, link: Link, record: "SessionRecord") -> bool:
        """Tells the daemon what it has to know, then the client what it missed. Raises LinkRefused and OSError."""
        link.limit(REPLY_SECONDS)
        if not self._initialized(link, record):
            return False
        with self._lock:
            repeated = b"".join(record.repeated())
        if not link.send(repeated):
            return False
        link.limit(None)
        with self._lock:
            told, self._told = [*self._told, *record.list_changed()], []
        self._tell(b"".join(told))
        while True:
            with self._lock:
                if not self._waiting:
                    self._link = link
                    return True
                lines, self._waiting = self._waiting, []
                data = self._recorded(lines)
            if not link.send(data):
                return False

    def _initialized(self, link: Link, record: "SessionRecord") -> bool:
        """The handshake of the 2025 era, before which a daemon takes nothing else. Raises LinkRefused."""
        with self._lock:
            initialize = record.initialize
        if initialize is None:
            return True
        if not link.send(initialize):
            return False
        answered = False
        while not answered:
            lines = link.read()
            if lines is None:
                return False
            with self._lock:
                for line in lines:
                    answered = record.answers_initialize(line) or answered
                    self._told.append(record.from_daemon(line))
        return True
