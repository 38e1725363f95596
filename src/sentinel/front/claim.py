"""Which project a client of this machine's daemon means, which cannot look into its folders. Standard library only.

The daemon takes it as a claim, which only chooses among the projects that operators have registered.
"""

import tomllib
from pathlib import Path

POLICY_FILE = "sentinel.toml"
SIZE_LIMIT = 256 * 1024
ID_LIMIT = 100


def claimed_project(directory: str) -> str | None:
    """The project id in the sentinel.toml of `directory` or of the nearest folder around it; else no claim."""
    place = Path(directory)
    for folder in (place, *place.parents):
        try:
            with (folder / POLICY_FILE).open("rb") as stream:
                raw = stream.read(SIZE_LIMIT + 1)
        except OSError:
            continue
        return _id(raw)
    return None


def _id(raw: bytes) -> str | None:
    try:
        named = tomllib.loads(raw[:SIZE_LIMIT].decode())["project"]["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return named if isinstance(named, str) and len(named) <= ID_LIMIT else None
