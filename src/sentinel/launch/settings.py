"""What the environment decides: where state lives, and which store is used. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.errors.daemon import SocketPathTooLongError
from sentinel.launch import locations


@dataclass(frozen=True, slots=True)
class Settings:
    """The places of one installation.

    `shared` holds what the daemons on one PostgreSQL need of each other: mirrors, signing keys, artifacts, and the
    folders in which operations work. `system` holds the sockets of this machine's daemon, where that is the one.
    """

    home: Path
    shared: Path
    agent_socket: Path
    operator_socket: Path
    database_url: str | None
    system: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SocketPathTooLongError where SENTINEL_HOME is too deep for a socket."""
        home, system = locations.state_home(environ), locations.system_folder(environ)
        return cls(
            home=Path(home),
            shared=Path(locations.shared_home(environ)),
            agent_socket=_socket(locations.system_agent_socket(system) if system else locations.agent_socket(home)),
            operator_socket=_socket(
                locations.system_operator_socket(system) if system else locations.operator_socket(home)
            ),
            database_url=environ.get("SENTINEL_DATABASE_URL") or None,
            system=Path(system) if system else None,
        )

    @property
    def store_url(self) -> str:
        """SENTINEL_DATABASE_URL, else the SQLite file in the state folder."""
        return self.database_url or f"sqlite:///{self.store_path}"

    @property
    def store_path(self) -> Path:
        return self.home / "sentinel.db"

    @property
    def daemon_file(self) -> Path:
        """The daemon's own configuration: notification addresses and tokens are secrets, so not in a repository."""
        return self.home / "daemon.toml"


def _socket(path: str) -> Path:
    length = locations.socket_path_length(path)
    if length > locations.SOCKET_PATH_LIMIT:
        raise SocketPathTooLongError(path=path, length=length, limit=locations.SOCKET_PATH_LIMIT)
    return Path(path)
