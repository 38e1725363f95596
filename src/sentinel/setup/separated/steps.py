"""The steps of a set-up: each says what it does and whether it is done, and can be repeated."""

import grp
import os
import pwd
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sentinel.adapters import files
from sentinel.adapters.system_groups import groups_of


class Step(Protocol):
    @property
    def shown(self) -> str:
        """The command with which a person would do it."""
        ...

    def is_done(self) -> bool: ...

    def do(self) -> None:
        """Raises OSError or CalledProcessError."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """A command, which every set-up runs again."""

    words: tuple[str, ...]

    @property
    def shown(self) -> str:
        return shlex.join(self.words)

    def is_done(self) -> bool:
        return False

    def do(self) -> None:
        subprocess.run(self.words, check=True, capture_output=True, text=True)  # noqa: S603 - words of ours


@dataclass(frozen=True, slots=True)
class Group(Run):
    name: str

    @classmethod
    def make(cls, name: str) -> "Group":
        return cls(("groupadd", "--system", name), name)

    def is_done(self) -> bool:
        return group_exists(self.name)


@dataclass(frozen=True, slots=True)
class User(Run):
    name: str

    @classmethod
    def make(cls, name: str, home: Path) -> "User":
        """A system user in the group of the same name, who cannot log in."""
        words = ("useradd", "--system", "--gid", name, "--home-dir", str(home), "--no-create-home")
        return cls((*words, "--shell", "/usr/sbin/nologin", name), name)

    def is_done(self) -> bool:
        return user_exists(self.name)


@dataclass(frozen=True, slots=True)
class Member(Run):
    user: str
    group: str

    @classmethod
    def make(cls, user: str, group: str) -> "Member":
        return cls(("usermod", "--append", "--groups", group, user), user, group)

    def is_done(self) -> bool:
        return is_member(self.user, self.group)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with its owner, group and mode; those of an existing folder are corrected."""

    path: Path
    owner: str
    group: str
    mode: int

    @property
    def shown(self) -> str:
        return f"install -d -m {self.mode:04o} -o {self.owner} -g {self.group} {shlex.quote(str(self.path))}"

    def is_done(self) -> bool:
        return False

    def do(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        with files.opened(self.path) as folder:
            os.fchown(folder, *_ids(self.owner, self.group))  # before the mode: it clears the bits that come after it
            os.fchmod(folder, self.mode)


@dataclass(frozen=True, slots=True)
class Aside:
    """Renames a folder that users other than root could write; it is no longer used."""

    path: Path

    @property
    def _kept(self) -> Path:
        return self.path.with_name(f"{self.path.name}.before")

    @property
    def shown(self) -> str:
        return f"mv {shlex.quote(str(self.path))} {shlex.quote(str(self._kept))}"

    def is_done(self) -> bool:
        return not self.path.is_symlink() and (not self.path.exists() or self.path.stat().st_uid == os.geteuid())

    def do(self) -> None:
        self.path.rename(self._kept)


@dataclass(frozen=True, slots=True)
class File:
    """A file with its content. With `kept` an existing one stays, because a person may have changed it."""

    path: Path
    content: str
    owner: str
    group: str
    mode: int
    kept: bool = False

    @property
    def shown(self) -> str:
        head = f"write {self.path} (mode {self.mode:04o}, {self.owner}:{self.group})"
        return "\n".join((head, *(f"    {line}".rstrip() for line in self.content.splitlines())))

    def is_done(self) -> bool:
        return self.kept and self.path.exists()

    def do(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.write_whole(self.path, self.content.encode(), mode=self.mode, owner=_ids(self.owner, self.group))


def user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def is_member(user: str, group: str) -> bool:
    """Whether a user is in a group, as its own or as another; False if either does not exist."""
    return user_exists(user) and group in groups_of(user)


def _ids(owner: str, group: str) -> tuple[int, int]:
    return pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid
