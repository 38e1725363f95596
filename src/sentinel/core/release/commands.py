"""The SENTINEL_* variables that commands of the policy get, and what is kept of their output."""

from typing import Literal, get_args

from pydantic import AwareDatetime

from sentinel.core.release.model import Deployed, Release
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

OWN = "SENTINEL_"
"""Names of the daemon's own settings, such as the database's password.

No command gets them, whatever the policy passes.
"""
_LOADER = ("LD_", "DYLD_", "BASH_ENV")
"""Variables that make programs load other code. A policy may pass them by name; no file and no secret may set them."""


def reserved(name: str) -> str:
    """Why no file and no secret may set the variable `name`; empty if they may."""
    if name == "PATH":
        return "PATH comes from the policy's `path`"
    if name.startswith(OWN):
        return f"{printable(name)} is reserved for Sentinel"
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

    The artifacts' folder is named only if there are artifacts: `rsync --delete` from an empty folder empties
    production.
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


Step = Literal["setup", "build", "tests", "staging", "smoke", "production", "rollback"]
"""The steps of operations that run a command of the policy."""
STEPS: tuple[str, ...] = get_args(Step)


class LoggedCommand(Frozen):
    """A command whose output is kept. `ended` says how it ended, and is empty while it runs."""

    operation: str
    step: str
    attempt: int
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    ended: FreeText = ""


class LogPiece(Frozen):
    """Whole lines of an output from one offset to the next, printable; `over` if nothing can follow."""

    text: FreeText
    next_offset: int
    over: bool
