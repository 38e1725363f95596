"""The daemon's side of the launchers (separated mode): what is done as another user is asked for here."""

import grp
import json
import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.supervisor import launcher
from sentinel.adapters.supervisor.privileges import drop_capabilities
from sentinel.adapters.supervisor.supervisors import in_memory
from sentinel.core.release.script import CommandUser
from sentinel.core.values.printable import printable
from sentinel.errors.daemon import LauncherGoneError, NotSeparableError

REPLY_LIMIT = 16 * 1024
TEMPORARY = "tmp"


def home_of(checkout: Path) -> Path:
    """HOME of the commands that run in `checkout`: as fresh as that, with a folder for temporary files."""
    return checkout.with_name(f"{checkout.name}-home")


@dataclass(frozen=True, slots=True)
class LauncherClient:
    """The user `name` of commands, and the link to its launcher; any number of threads may ask at once."""

    name: str
    gid: int
    link: socket.socket

    def start(self, directory: Path, given: bytes) -> str:
        with in_memory(given) as stream:
            return self._ask("start", directory, stream.fileno()) or "it ended at once"

    def end_leftovers(self, directory: Path) -> None:
        self._ask("end", directory)

    def open_up(self, folder: Path) -> None:
        """Makes what the user has in `folder` readable for its group, and so for the daemon."""
        self._ask("open", folder)

    def remove_own(self, folder: Path) -> None:
        """Removes what the user can remove below `folder`, whatever it did to it."""
        self._ask("remove", folder)

    def environment(self, checkout: Path) -> dict[str, str]:
        """Who a command of the user is; git asks for the last three, since checkouts are the daemon's."""
        home = home_of(checkout)
        return {
            "HOME": str(home),
            "TMPDIR": str(home / TEMPORARY),
            "USER": self.name,
            "LOGNAME": self.name,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }

    def check(self) -> None:
        """Raises NotSeparableError where the launcher cannot act as the build user."""
        if fault := self._ask("probe", Path("/")):
            raise NotSeparableError(reason=f"it cannot act as {self.name}: {fault}")

    def _ask(self, task: str, path: Path, *given: int) -> str:
        """Empty when it is done, else what kept it from being done. Raises LauncherGoneError."""
        mine, theirs = os.pipe()
        with open(mine, "rb") as reply:  # noqa: PTH123 - a descriptor
            try:
                socket.send_fds(self.link, [json.dumps([task, str(path)]).encode()], [theirs, *given])
            except OSError as error:
                raise LauncherGoneError(reason=error.strerror or str(error)) from None
            finally:
                os.close(theirs)
            said = reply.read(REPLY_LIMIT).decode(errors="replace")
        return "" if said == launcher.DONE else printable(said) or "it gave no answer"


def start_launchers(users: Mapping[CommandUser, tuple[str, str]]) -> dict[CommandUser, LauncherClient]:
    """Starts a launcher for each user, named with its group, then gives up this process's own capabilities.

    Those of `staging` may leave services. Before any thread is started: capabilities belong to threads.
    Raises NotSeparableError.
    """
    clients = {role: _launch(name, _group(group), services=role == "staging") for role, (name, group) in users.items()}
    if len({client.name for client in clients.values()}) < len(clients):
        raise NotSeparableError(reason="build and staging must be two users")
    try:
        drop_capabilities()
    except (OSError, AttributeError) as error:
        raise NotSeparableError(reason=f"capabilities cannot be given up here: {error}") from None
    for client in clients.values():
        client.check()
    return clients


def _launch(name: str, gid: int, *, services: bool) -> LauncherClient:
    user = _user(name)
    if os.geteuid() == 0 or user.pw_uid in (0, os.geteuid()):
        raise NotSeparableError(
            reason="the daemon and those who run commands must be different users, none of them root"
        )
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        words = [launcher.__file__, str(theirs.fileno()), str(user.pw_uid), str(gid)]
        if services:
            words.append(launcher.SERVICES)
        subprocess.Popen(  # noqa: S603 - our own program; it ends when the daemon's end of the link does
            [sys.executable, "-I", "-S", "-X", "utf8", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={},
            cwd="/",
            start_new_session=True,
        )
    return LauncherClient(name, gid, ours)


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise NotSeparableError(reason=f"there is no group {name}") from None


def _user(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise NotSeparableError(reason=f"there is no user {name}") from None
