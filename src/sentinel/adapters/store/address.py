"""Where a store is: the address that people give, and what the drivers are given."""

import os
import socket
from dataclasses import dataclass

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from sentinel.errors.store import StoreAddressError

_NAME_LIMIT = 63
"""PostgreSQL's NAMEDATALEN."""
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}

_POSTGRESQL = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "target_session_attrs": "read-write",
}
"""What the address does not say itself: the system's default would notice a dead network after two hours,
and a standby would be taken for the primary.

https://www.postgresql.org/docs/current/libpq-connect.html (seconds, and milliseconds for the last).
"""


@dataclass(frozen=True, slots=True)
class Address:
    """`place` is for people: a path, or an address without user, password and options."""

    url: URL
    place: str

    @property
    def shared(self) -> bool:
        """Whether other processes may work on the same store: PostgreSQL."""
        return self.url.get_backend_name() == "postgresql"


def read_address(text: str) -> Address:
    """Raises StoreAddressError, which does not repeat `text`: there may be a password in it."""
    try:
        given = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreAddressError from None
    driver = _DRIVERS.get(given.get_backend_name())
    if driver is None:
        raise StoreAddressError
    url = given.set(drivername=driver)
    if driver == _DRIVERS["sqlite"]:
        return _sqlite(url)
    said = {"application_name": replica_name(), **_POSTGRESQL}
    missing = {name: value for name, value in said.items() if name not in url.query}
    place = URL.create("postgresql", host=url.host, port=url.port, database=url.database)
    return Address(url.update_query_dict(missing), place.render_as_string())


def replica_name() -> str:
    """By what this daemon is known to the server, as in `pg_stat_activity`."""
    return f"sentinel:{os.getpid()}@{socket.gethostname()}"[:_NAME_LIMIT]


def _sqlite(url: URL) -> Address:
    """A database in memory would forget everything with the daemon."""
    if not url.database or url.database == ":memory:":
        raise StoreAddressError
    return Address(url, url.database)
