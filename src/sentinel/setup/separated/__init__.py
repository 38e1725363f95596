"""`sentinel setup separated`: the users, groups, files and steps of the set-up, and the checks before it."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.system_groups import groups_of
from sentinel.errors.daemon import SetupNameError, SetupStepError, UnsafeInstallationError
from sentinel.setup.separated.steps import Aside, File, Folder, Group, Member, Run, Step, User, user_exists

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,20}")


@dataclass(frozen=True, slots=True)
class Layout:
    """All names follow from the installation's `name`, and all paths are below `prefix`."""

    name: str
    prefix: Path

    @classmethod
    def named(cls, name: str, prefix: str) -> "Layout":
        """Raises SetupNameError if users cannot have such a name."""
        if _NAME.fullmatch(name) is None:
            reason = "a name has at most 21 small letters, digits, hyphens and underscores"
            raise SetupNameError(name=name, role="an installation", reason=reason)
        return cls(name, Path(prefix).absolute())

    @property
    def daemon(self) -> str:
        """The daemon's user, and its group."""
        return self.name

    @property
    def build(self) -> str:
        """The user of set-up, build and tests, and its group; the daemon is a member."""
        return f"{self.name}-build"

    @property
    def staging(self) -> str:
        """The user of what runs for staging, and its group; the daemon is a member."""
        return f"{self.name}-staging"

    @property
    def agents(self) -> str:
        """The group that may use the agent socket."""
        return f"{self.name}-agents"

    @property
    def operators(self) -> str:
        """The group that may use the operator socket."""
        return f"{self.name}-operators"

    @property
    def state(self) -> Path:
        return self.prefix / "var" / "lib" / self.name

    @property
    def home(self) -> Path:
        """SENTINEL_HOME: store, mirrors, keys and kept artifacts, only for the daemon."""
        return self.state / "home"

    @property
    def work(self) -> Path:
        """The folders of operations; the users of commands may enter it, but not list it."""
        return self.state / "work"

    @property
    def build_home(self) -> Path:
        """The home of the users of commands, in which nobody can write."""
        return self.state / "build"

    @property
    def runtime(self) -> Path:
        """SENTINEL_SYSTEM: the two sockets."""
        return self.prefix / "run" / self.name

    @property
    def configuration(self) -> Path:
        """Environment files, which the daemon reads and root writes."""
        return self.prefix / "etc" / self.name

    @property
    def unit(self) -> Path:
        return self.prefix / "etc" / "systemd" / "system" / f"{self.name}.service"

    @property
    def tmpfiles(self) -> Path:
        return self.prefix / "etc" / "tmpfiles.d" / f"{self.name}.conf"


CAPABILITIES = "CAP_SETUID CAP_SETGID CAP_KILL"
"""To run commands as those users, and to end them; the daemon's own process drops them when it starts."""


def daemon_file(layout: Layout) -> str:
    """`daemon.toml`."""
    return f"""mode = "separated"

[separated]
build_user = {json.dumps(layout.build)}
build_group = {json.dumps(layout.build)}
staging_user = {json.dumps(layout.staging)}
staging_group = {json.dumps(layout.staging)}
agents_group = {json.dumps(layout.agents)}
operators_group = {json.dumps(layout.operators)}
work = {json.dumps(str(layout.work))}
# What the policy's `[environment] pass` may hand from the daemon's environment to commands of these two users:
pass = ["LANG", "LC_ALL", "TZ"]
"""


def environment_file(layout: Layout) -> str:
    """The service's environment."""
    return f"""# Variables of the daemon, NAME=value; the policy passes them to production scripts by name.
# Credentials may also stand in files of their own in {layout.configuration}, which the policy names:
# `[production.environment] env_file`.
"""


def unit(layout: Layout, daemon: Sequence[str]) -> str:
    """A service for systemd; `daemon` is its command."""
    return f"""[Unit]
Description=Sentinel, releases under a protocol
After=network-online.target
Wants=network-online.target

[Service]
User={layout.daemon}
Group={layout.daemon}
SupplementaryGroups={layout.build} {layout.staging}
Environment={_quoted(f"SENTINEL_HOME={layout.home}")} {_quoted(f"SENTINEL_SYSTEM={layout.runtime}")}
EnvironmentFile=-{_specified(str(layout.configuration / "environment"))}
ExecStart={" ".join(map(_quoted, daemon))}
Restart=on-failure
KillMode=process
UMask=0077
AmbientCapabilities={CAPABILITIES}
CapabilityBoundingSet={CAPABILITIES}

[Install]
WantedBy=multi-user.target
"""


def tmpfiles(layout: Layout) -> str:
    """For systemd-tmpfiles: a restart of the machine removes the folders of the sockets."""
    return f"""d {layout.runtime} 0755 root root
d {layout.runtime / "agent"} 2750 {layout.daemon} {layout.agents}
d {layout.runtime / "operator"} 2750 {layout.daemon} {layout.operators}
"""


def _quoted(word: str) -> str:
    """A word of a command line, as systemd.service(5) reads it."""
    return '"' + _specified(word.replace("\\", "\\\\").replace('"', '\\"')).replace("$", "$$") + '"'


def _specified(text: str) -> str:
    return text.replace("%", "%%")


SYSTEMD = Path("/run/systemd/system")
"""Exists if systemd runs, see sd_booted(3)."""
POWERFUL = frozenset({"sudo", "wheel", "admin", "docker", "lxd", "libvirt", "disk", "root", "shadow"})
"""Groups whose members can become root, or can do what root can."""


def steps(layout: Layout, agents: Sequence[str], operators: Sequence[str], daemon: Sequence[str]) -> tuple[Step, ...]:
    """All steps, in their order; `daemon` is the command of the service."""
    return (
        *(
            Group.make(group)
            for group in (layout.daemon, layout.build, layout.staging, layout.agents, layout.operators)
        ),
        User.make(layout.daemon, layout.home),
        User.make(layout.build, layout.build_home),
        User.make(layout.staging, layout.build_home),
        Member.make(layout.daemon, layout.build),
        Member.make(layout.daemon, layout.staging),
        *(Member.make(user, layout.agents) for user in agents),
        *(Member.make(user, layout.operators) for user in operators),
        *_folders(layout),
        *_files(layout, daemon),
        *_service(layout),
    )


def _folders(layout: Layout) -> Iterator[Step]:
    yield Folder(layout.state, "root", layout.daemon, 0o711)
    yield Folder(layout.home, layout.daemon, layout.daemon, 0o700)
    yield Folder(layout.work, layout.daemon, layout.daemon, 0o711)
    yield Aside(layout.build_home)
    yield Folder(layout.build_home, "root", "root", 0o555)
    yield Folder(layout.runtime, "root", "root", 0o755)
    yield Folder(layout.runtime / "agent", layout.daemon, layout.agents, 0o2750)
    yield Folder(layout.runtime / "operator", layout.daemon, layout.operators, 0o2750)
    yield Folder(layout.configuration, "root", layout.daemon, 0o750)


def _files(layout: Layout, daemon: Sequence[str]) -> Iterator[Step]:
    own = daemon_file(layout)
    yield File(layout.home / "daemon.toml", own, "root", layout.daemon, 0o640, kept=True)
    environment = environment_file(layout)
    yield File(layout.configuration / "environment", environment, "root", "root", 0o600, kept=True)
    yield File(layout.tmpfiles, tmpfiles(layout), "root", "root", 0o644)
    yield File(layout.unit, unit(layout, daemon), "root", "root", 0o644)


def _service(layout: Layout) -> Iterator[Step]:
    """Only if systemd runs and finds the unit."""
    if SYSTEMD.is_dir() and layout.prefix == Path("/"):
        yield Run(("systemctl", "daemon-reload"))
        yield Run(("systemctl", "enable", layout.unit.name))
        yield Run(("systemctl", "restart", layout.unit.name))


def check(layout: Layout, agents: Sequence[str], operators: Sequence[str]) -> tuple[str, ...]:
    """Returns warnings. Raises SetupNameError or UnsafeInstallationError."""
    for role, users, other in (
        ("an agent's user", agents, (*operators, layout.operators)),
        ("an operator", operators, (*agents, layout.agents)),
    ):
        for user in users:
            _check_user(layout, user, role, other)
    _check_installation()
    return tuple(
        f"{user} is in the group {group} and can become root, so its agents can bypass Sentinel."
        for user in agents
        for group in sorted(groups_of(user) & POWERFUL)
    )


def _check_user(layout: Layout, user: str, role: str, other: Sequence[str]) -> None:
    """Nobody may be both: an agent that runs as an operator could approve its own releases."""
    if not user_exists(user):
        raise SetupNameError(name=user, role=role, reason="there is no such user")
    groups = groups_of(user)
    own = {layout.daemon, layout.build, layout.staging}
    if user in {"root", *own} or groups & own:
        raise SetupNameError(name=user, role=role, reason="it is root or one of Sentinel's own users")
    if user in other or groups & set(other):
        raise SetupNameError(name=user, role=role, reason="the same user would ask for releases and approve them")


def _check_installation() -> None:
    """The daemon's user must be able to read what the daemon executes, and only root may change it."""
    for place in (sys.executable, os.path.realpath(sys.executable), *filter(os.path.exists, sys.path)):
        path = Path(place).absolute()
        for part in (path, *path.parents):
            found = part.stat()
            sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            if found.st_uid != 0 or (found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky):
                raise UnsafeInstallationError(path=path, reason=f"users other than root can change {part}")
            needed = stat.S_IXOTH if stat.S_ISDIR(found.st_mode) else stat.S_IROTH
            if not found.st_mode & needed:
                raise UnsafeInstallationError(path=path, reason=f"the daemon's user cannot read {part}")


def carry_out(step: Step) -> None:
    """Does a step. Raises SetupStepError."""
    try:
        step.do()
    except subprocess.CalledProcessError as error:
        raise SetupStepError(step=step.shown, reason=(error.stderr or "it failed").strip().rstrip(".")) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise SetupStepError(step=step.shown.partition("\n")[0], reason=reason) from None
