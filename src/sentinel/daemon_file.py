"""`daemon.toml` in SENTINEL_HOME: what only the daemon may know, and therefore no repository contains."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator

from sentinel.adapters.files import read_whole
from sentinel.core.access.secrets import SecretName, SecretSource
from sentinel.core.access.tokens import OAuth
from sentinel.core.approval.passkeys import RelyingParty
from sentinel.core.release.retention import Retention
from sentinel.core.release.script import CommandUser
from sentinel.core.values.frozen import Frozen
from sentinel.errors.daemon import DaemonFileError

SIZE_LIMIT = 256 * 1024
LAST_PORT = 65535
PASSED = ("LANG", "LC_ALL", "TZ")
"""Variables of the daemon's environment that the build user's commands may get, if the policy passes them."""
SystemName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]


class Notifications(Frozen):
    """Who is notified: apprise addresses, such as `ntfy://…` or `mailto://…`."""

    addresses: tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...] = ()


class Listen(Frozen):
    """What protects the address of `--listen`, and the names that clients may use for it (the Host header)."""

    hosts: tuple[Annotated[str, Field(min_length=1, max_length=300)], ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are set together")
        return self


def _origin(address: str) -> str:
    """Passkeys and `Secure` cookies need TLS; browsers make an exception only for `localhost`."""
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname == "localhost"
    if parts.netloc != parts.netloc.lower() or parts.username or not (parts.scheme == "https" or local):
        raise ValueError("https:// and a host in small letters, or http://localhost with a port")
    if not parts.hostname or address != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("no more than scheme, host and port")
    return address


def _place(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise ValueError("HOST:PORT")
    return listen


class Console(Frozen):
    """The console for people: where the daemon listens, and the address that people open.

    Without `address` only this machine's browsers can use it.
    """

    listen: Annotated[str, AfterValidator(_place)] = "127.0.0.1:7467"
    address: Annotated[str, Field(max_length=300), AfterValidator(_origin)] | None = None
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are set together")
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser names them."""
        return self.address or f"http://localhost:{self.listen.rpartition(':')[2]}"

    @property
    def relying_party(self) -> RelyingParty:
        return RelyingParty(id=urlsplit(self.origin).hostname or "", origin=self.origin)


class Separated(Frozen):
    """Separated mode: the users of commands, where they work, and who may use which socket."""

    build_user: SystemName
    build_group: SystemName
    staging_user: SystemName | None = None
    staging_group: SystemName | None = None
    agents_group: SystemName
    operators_group: SystemName
    work: Path
    passed: tuple[Annotated[str, Field(pattern="[A-Za-z_][A-Za-z0-9_]*")], ...] = Field(PASSED, alias="pass")

    @property
    def users(self) -> dict[CommandUser, tuple[str, str]]:
        """The users of commands with their groups. A file of an earlier version names only the build user."""
        user = self.staging_user or f"{self.build_user.removesuffix('-build')}-staging"
        group = self.staging_group or f"{self.build_group.removesuffix('-build')}-staging"
        return {"build": (self.build_user, self.build_group), "staging": (user, group)}


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("an absolute path")
    return path


class DaemonFile(Frozen):
    """`ca` holds certificates of authorities that are trusted in addition to the system's."""

    mode: Literal["advisory", "separated"] = "advisory"
    separated: Separated | None = None
    notifications: Notifications = Notifications()
    retention: Retention = Retention()
    listen: Listen = Listen()
    console: Console | None = None
    secrets: dict[SecretName, SecretSource] = Field(default_factory=dict)
    ca: Annotated[Path, AfterValidator(_absolute)] | None = None

    @model_validator(mode="after")
    def _separated_is_described(self) -> Self:
        if (self.mode == "separated") != (self.separated is not None):
            raise ValueError("mode separated and the table [separated] are set together")
        return self


def read_daemon_file(path: Path) -> DaemonFile:
    """The content of `path`, or the defaults if there is no file. Raises DaemonFileError, which quotes no value."""
    try:
        raw = read_whole(path, SIZE_LIMIT)
    except FileNotFoundError:
        return DaemonFile()
    except OSError as error:
        raise DaemonFileError(path=path, fault=error.strerror) from None
    try:
        return DaemonFile.model_validate(tomllib.loads(raw.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise DaemonFileError(path=path, fault="it is not valid TOML") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DaemonFileError(path=path, fault=f"{key}: {first['msg'].lower()}") from None
