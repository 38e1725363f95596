"""The preloaded process: it has imported all of Sentinel, and forks a process off for each `program.py` that asks.

`parent.py SOCKET`: a daemon's imports take longer than most tests. It ends with its stdin, and whatever it has forked
ends with it. What is forked off starts its daemons by `program.py` as well.
"""

import ctypes
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import apprise  # noqa: F401 - imported by a daemon's first notification
import git.objects.fun  # noqa: F401 - importing it runs git
import httpx  # noqa: F401 - imported by its first health check
import markdown_it.tree  # noqa: F401 - imported by its first look at a sprint's tasks

import sentinel
from sentinel.adapters.clock import SystemClock
from sentinel.adapters.http.client import trusted
from sentinel.adapters.store.store import SqlStore
from sentinel.launch import daemon_start
from tests.crash import crashing_daemon  # noqa: F401 - forked most often of all
from tests.preloaded import quick
from tests.preloaded.program import __file__ as program
from tests.preloaded.start import QUICK

_PR_SET_PDEATHSIG = 1
_DESCRIPTORS = 4
"""The three standard streams and the working directory."""


def import_everything() -> None:
    for found in pkgutil.walk_packages(sentinel.__path__, "sentinel."):
        importlib.import_module(found.name)


async def load_migrations() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await (await SqlStore.open(f"sqlite:///{folder}/empty.db", SystemClock())).close()


def start_daemons_preloaded(path: str) -> None:
    """Whoever starts a daemon from here, a command or the relay, has it forked, and it its supervisors."""
    quick.preloaded_at = path
    command = (sys.executable, "-I", "-S", program, path, QUICK, "daemon", "run")
    replaced: Any = daemon_start
    replaced.DAEMON = command
    replaced.ensure_daemon.__kwdefaults__["command"] = command


def end_with_parent() -> None:
    """This process is killed when its parent ends."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


@dataclass(slots=True)
class Parent:
    """Listens at `listener`; `links` lead to the programs whose processes run, by the number of the process."""

    listener: socket.socket
    links: dict[int, socket.socket] = field(default_factory=dict)
    polled: select.poll = field(default_factory=select.poll)

    def serve(self) -> None:
        """Forks for whoever connects, says which process that is, and then with which status it ended."""
        woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for one in (0, self.listener.fileno(), woken):
            self.polled.register(one, select.POLLIN)
        while 0 not in (found := {descriptor for descriptor, _ in self.polled.poll()}):
            if woken in found:
                os.read(woken, 4096)
            self._kill(pid for pid, link in self.links.items() if link.fileno() in found)
            self._tell_who_ended()
            if self.listener.fileno() in found:
                self._fork(self.listener.accept()[0], woken, wakes)

    def _kill(self, abandoned: Iterable[int]) -> None:
        """Their programs were killed."""
        for pid in abandoned:
            os.kill(pid, signal.SIGKILL)

    def _tell_who_ended(self) -> None:
        while self.links and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            link = self.links.pop(ended[0])
            self.polled.unregister(link)
            self._say(link, ended[1])
            link.close()

    def _fork(self, link: socket.socket, *own: int) -> None:
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (self.listener.detach(), *own, *(other.detach() for other in self.links.values())):
                os.close(descriptor)
            become(link)
        self.links[pid] = link
        self.polled.register(link, select.POLLRDHUP)
        self._say(link, pid)

    def _say(self, link: socket.socket, number: int) -> None:
        with suppress(OSError):
            link.sendall(b"%d\n" % number)


def become(link: socket.socket) -> None:
    """The program that is asked for over `link`; never returns."""
    code = 1
    try:
        end_with_parent()
        os.setsid()
        entry, *words = take_over(link)
        module, _, name = entry.partition(":")
        code = exit_code(getattr(importlib.import_module(module), name), words)
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def take_over(link: socket.socket) -> list[str]:
    """The words of the program, whose place this process takes."""
    data, (*streams, directory), _, _ = socket.recv_fds(link, 64, _DESCRIPTORS)
    head, _, request = data.partition(b"\n")
    while len(request) < int(head):
        request += link.recv(1 << 20)
    umask, count, *parts = request.split(b"\0")
    words, environment = parts[: int(count)], parts[int(count) :]
    os.umask(int(umask))
    os.environb.clear()
    os.environb.update(zip(environment[::2], environment[1::2], strict=True))
    os.fchdir(directory)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in (*streams, directory, link.detach()):
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (open_stream(0, "r"), open_stream(1, "w"), open_stream(2, "w"))
    if {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys():
        trusted.cache_clear()
    sys.argv = ["-c", *map(os.fsdecode, words[1:])]
    tempfile.tempdir = None
    time.tzset()
    return list(map(os.fsdecode, words))


def open_stream(number: int, mode: str) -> Any:
    """As the interpreter opens it in a UTF-8 locale."""
    errors, line = ("backslashreplace", 1) if number == 2 else ("strict", 1 if os.isatty(number) else -1)
    return open(number, mode, encoding="utf-8", errors=errors, buffering=line, closefd=False)


def exit_code(main: Callable[[list[str]], int], words: list[str]) -> int:
    """As the interpreter finds it."""
    try:
        return main(words)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1


if __name__ == "__main__":
    import_everything()
    anyio.run(load_migrations)
    start_daemons_preloaded(sys.argv[1])
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(128)
        print("ready", flush=True)  # noqa: T201 - to the tests
        Parent(listener).serve()
