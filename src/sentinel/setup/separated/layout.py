"""What belongs to an installation in separated mode: its users, groups and places."""

import re
from dataclasses import dataclass
from pathlib import Path

from sentinel.errors.daemon import SetupNameError

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,20}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything by the installation's `name`, below `prefix`."""

    name: str
    prefix: Path

    @classmethod
    def named(cls, name: str, prefix: str) -> "Layout":
        """Raises SetupNameError where users cannot be called so."""
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
        """The user of set-up, build and tests, and its group, which the daemon is in too."""
        return f"{self.name}-build"

    @property
    def staging(self) -> str:
        """The user of what runs for staging, and its group, which the daemon is in too."""
        return f"{self.name}-staging"

    @property
    def agents(self) -> str:
        """The group that may come to the agent socket."""
        return f"{self.name}-agents"

    @property
    def operators(self) -> str:
        """The group that may come to the operator socket."""
        return f"{self.name}-operators"

    @property
    def state(self) -> Path:
        return self.prefix / "var" / "lib" / self.name

    @property
    def home(self) -> Path:
        """SENTINEL_HOME: store, mirrors, keys and kept artifacts, for the daemon alone."""
        return self.state / "home"

    @property
    def work(self) -> Path:
        """Where operations work, which the users of commands may pass through."""
        return self.state / "work"

    @property
    def build_home(self) -> Path:
        """What the system names as the home of the users of commands: nobody can write there."""
        return self.state / "build"

    @property
    def runtime(self) -> Path:
        """SENTINEL_SYSTEM: the two sockets."""
        return self.prefix / "run" / self.name

    @property
    def configuration(self) -> Path:
        """Environment files, for the daemon to read and root to write."""
        return self.prefix / "etc" / self.name

    @property
    def unit(self) -> Path:
        return self.prefix / "etc" / "systemd" / "system" / f"{self.name}.service"

    @property
    def tmpfiles(self) -> Path:
        return self.prefix / "etc" / "tmpfiles.d" / f"{self.name}.conf"
