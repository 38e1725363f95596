"""Where something is installed: for which project, and for whom."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git.location import enclosing_root


@dataclass(frozen=True, slots=True)
class Place:
    """Whose configuration is edited, and for which project; `platform` is as in `sys.platform`."""

    project: Path
    home: Path
    environ: Mapping[str, str]
    platform: str


def place_of(directory: Path) -> Place:
    """That of the person who runs this, for the repository that encloses `directory`.

    Raises NotARepositoryError.
    """
    project = enclosing_root(directory).absolute()
    return Place(project=project, home=Path.home(), environ=os.environ, platform=sys.platform)
