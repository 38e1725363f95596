"""The sentinel.toml that a directory lies under, for programs that start often: read, and not checked.

Standard library only.
"""
# pathlib would cost milliseconds at each start.
# ruff: noqa: PTH118, PTH120

import os.path

from sentinel.adapters.files import read_regular
from sentinel.core.policy.document import POLICY_FILE, SIZE_LIMIT, read_document
from sentinel.core.values.limits import PROJECT_ID_LIMIT


def nearest_policy(directory: str) -> bytes:
    """Its bytes, in `directory` or the nearest folder around it; none where none is there or it is too large."""
    folder = directory
    while True:
        raw = read_regular(os.path.join(folder, POLICY_FILE), SIZE_LIMIT + 1)
        if raw is not None:
            return raw if len(raw) <= SIZE_LIMIT else b""
        above = os.path.dirname(folder)
        if above == folder:
            return b""
        folder = above


def tables_of(raw: bytes) -> dict[str, object]:
    """Those of a policy; none where it is no TOML."""
    try:
        return read_document(raw)
    except (ValueError, RecursionError):
        return {}


def claimed_project(directory: str) -> str | None:
    """The project id in the nearest sentinel.toml: the daemon of this machine cannot look into its clients' folders.

    The daemon takes it as a claim, which only chooses among the projects that operators have registered.
    """
    project = tables_of(nearest_policy(directory)).get("project")
    named = project.get("id") if isinstance(project, dict) else None
    return named if isinstance(named, str) and len(named) <= PROJECT_ID_LIMIT else None
