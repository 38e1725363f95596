"""`sentinel mcp`: copies bytes between an AI client's stdin and stdout and the daemon's agent socket.

Clients start this on every launch, so whatever a start does not need is imported where it is needed. Where a
daemon ends, the session goes on with the next one.
"""
# pathlib costs more milliseconds than all of the relay.
# ruff: noqa: PTH100, PTH109, PTH110, PTH111, PLC0415

import os
import select
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from sentinel.core.values.limits import LONGEST_WAIT_SECONDS, MESSAGE_LIMIT
from sentinel.launch.agent_link import CHUNK, REPLY_SECONDS, LinkRefused, open_link
from sentinel.launch.locations import agent_socket, state_home, system_agent_socket, system_folder

TYPE_CHECKING = False  # `typing` is slow
if TYPE_CHECKING:
    from sentinel.launch.relay_record import SessionRecord

USAGE = "Usage: sentinel mcp [--project DIR] [--locked-tools hide|reject] [--longest-wait SECONDS]"
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
ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of a line from the daemon."""


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Relays until the client ends; `argv` follows `sentinel mcp`. The exit code, 1 where the daemon is lost."""
    if "--help" in argv or "-h" in argv:
        return _say(USAGE, 0)
    try:
        RelaySession(Daemon(environ, *_options(argv))).run()
    except LinkRefused as refused:
        return _say(f"sentinel: {refused.sentence}", refused.exit_code)
    except KeyboardInterrupt:
        return 130
    return 0


def _say(sentence: str, exit_code: int) -> int:
    """On stderr, which clients put into their logs; stdout belongs to the protocol."""
    sys.stderr.write(f"{sentence}\n")
    return exit_code


def _options(argv: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The project's folder, and what the daemon is told of how the client is to be served."""
    found = {"--project": "", "--locked-tools": "hide", "--longest-wait": "50"}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in found:
            raise LinkRefused(f"There is no option {word}. {USAGE}")
        found[name] = value if equals else next(words, "")
        if not found[name]:
            raise LinkRefused(f"{name} needs a value. {USAGE}")
    mode, wait = found["--locked-tools"], found["--longest-wait"]
    if mode not in ("hide", "reject"):
        raise LinkRefused(f"--locked-tools: found {mode}, expected hide or reject. {USAGE}")
    if not (wait.isascii() and wait.isdecimal() and len(wait) < 10 and 1 <= int(wait) <= LONGEST_WAIT_SECONDS):
        raise LinkRefused(f"--longest-wait: found {wait}, expected 1 to {LONGEST_WAIT_SECONDS} seconds. {USAGE}")
    return _directory(found["--project"]), {"locked_tools": mode, "longest_wait": str(int(wait))}


def _directory(chosen: str) -> str:
    try:
        path = os.path.abspath(os.path.expanduser(chosen)) if chosen else os.getcwd()
        path.encode()
    except FileNotFoundError:
        raise LinkRefused("The working directory does not exist any more. Start again in an existing one.") from None
    except UnicodeEncodeError:
        raise LinkRefused("The project's path is not valid UTF-8. Rename the folder.") from None
    return path


class Lines:
    """A line that is longer than `limit` keeps one byte more than that, so that it is still refused for its length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.rest = bytearray()
        """What has no end yet."""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` ends, each with its end."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._keep(part)
            lines.append(bytes(self.rest) + b"\n")
            self.rest.clear()
        self._keep(rest)
        return lines

    def _keep(self, part: bytes) -> None:
        self.rest += part[: self._limit + 1 - len(self.rest)]


class Link:
    """A connection to one daemon. Of a line that it has not sent whole, nothing is passed on."""

    def __init__(self, connected: tuple[socket.socket, bytes]) -> None:
        self._socket, early = connected
        self._lines = Lines(ANSWER_LIMIT)
        self._early = self._lines.feed(early)
        self.limit(None)  # the handshake had a limit; a daemon with nothing to say is none that ended

    def read(self) -> list[bytes] | None:
        """The lines that have come, as soon as something has; None at the end, or where nothing comes in time."""
        if self._early:
            lines, self._early = self._early, []
            return lines
        try:
            data = self._socket.recv(CHUNK)
        except OSError:
            return None
        return self._lines.feed(data) if data else None

    def send(self, data: bytes) -> bool:
        """Whether it could be sent; where not, the daemon is gone or does not answer."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def limit(self, seconds: float | None) -> None:
        """How long reading and sending wait; without a limit, for ever."""
        self._socket.settimeout(seconds)

    def end(self, how: int = socket.SHUT_WR) -> None:
        """Our side of the connection, or all of it."""
        try:  # noqa: SIM105 - contextlib takes a millisecond of every start
            self._socket.shutdown(how)
        except OSError:
            pass


def write_out(data: bytes) -> None:
    """To the client. Raises OSError where it is gone."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


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
