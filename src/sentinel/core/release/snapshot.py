"""A project as it was stored."""

from dataclasses import dataclass

from sentinel.core.release.model import Project


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project, and the number of this version of it."""

    project: Project
    revision: int
