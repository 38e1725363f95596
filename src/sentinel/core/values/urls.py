"""Addresses as they are shown, and the login that stands in one."""

from urllib.parse import unquote, urlsplit


def without_login(url: str) -> str:
    """The address without the user and password before its host."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def login_in(url: str) -> tuple[str, ...]:
    """What must not be shown of a login in `url`, as it is written and as it is meant; empty where there is none."""
    written = urlsplit(url).netloc.rpartition("@")[0]
    password = written.partition(":")[2]
    return tuple(dict.fromkeys(filter(None, (written, unquote(written), password, unquote(password)))))
