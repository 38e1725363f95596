"""The SENTINEL_* variables that a command gets."""

from typing import Literal

from sentinel.core.release.model import Deployed, Release
from sentinel.core.values.printable import printable

CommandUser = Literal["build", "staging"]
"""Whose processes commands are in separated mode, but for those of production, which are the daemon's own."""
OWN = "SENTINEL_"
"""The daemon's own settings (a database's password among them), which no command gets whatever a policy passes."""
_LOADER = ("LD_", "DYLD_", "BASH_ENV")
"""What makes programs load other code; the daemon's own environment may pass it by name, nothing else may set it."""


def reserved(name: str) -> str:
    """Why no file and no secret may set the variable `name`; empty where it may."""
    if name == "PATH":
        return "PATH is made of the policy's `path`"
    if name.startswith(OWN):
        return f"{printable(name)} is a name of Sentinel's own"
    if name.startswith(_LOADER):
        return f"{printable(name)} makes programs load other code; pass it by name from the daemon's environment"
    return ""


def release_variables(release: Release, *, target: str, artifacts: str, url: str) -> dict[str, str]:
    """For build, staging and smoke commands, and the release's part for production."""
    return {
        "SENTINEL_TARGET": target,
        "SENTINEL_VERSION": release.version,
        "SENTINEL_COMMIT": release.commit,
        "SENTINEL_ARTIFACTS": artifacts,
        "SENTINEL_URL": url,
        "SENTINEL_RELEASE_ID": release.id,
    }


def previous_variables(previous: Deployed | None, artifacts: str) -> dict[str, str]:
    """What production ran before, or goes back to; none for the first release.

    A folder of artifacts is named only where there are some: `rsync --delete` from an empty one empties production.
    """
    if previous is None:
        return {}
    named = {"SENTINEL_PREVIOUS_VERSION": previous.version, "SENTINEL_PREVIOUS_COMMIT": previous.commit}
    return {**named, "SENTINEL_PREVIOUS_ARTIFACTS": artifacts} if previous.artifacts else named


def leaving_variables(leaving: Deployed, *, artifacts: str, url: str) -> dict[str, str]:
    """For the rollback command: the release that production leaves, whose artifacts may not be kept."""
    return {
        "SENTINEL_TARGET": "production",
        "SENTINEL_VERSION": leaving.version,
        "SENTINEL_COMMIT": leaving.commit,
        "SENTINEL_URL": url,
        "SENTINEL_RELEASE_ID": leaving.release_id or "",
        **({"SENTINEL_ARTIFACTS": artifacts} if leaving.artifacts else {}),
    }
