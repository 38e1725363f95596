"""Addresses without their login, and the login itself."""

from urllib.parse import unquote, urlsplit


def without_login(url: str) -> str:
    """The address without the user and password before its host."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def login_in(url: str) -> tuple[str, ...]:
    """The parts of a login in `url` that must not be shown, as written and unquoted; empty if there is none."""
    written = urlsplit(url).netloc.rpartition("@")[0]
    password = written.partition(":")[2]
    return tuple(dict.fromkeys(filter(None, (written, unquote(written), password, unquote(password)))))
