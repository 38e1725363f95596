"""Where something is installed: for which project, and for whom."""

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git.root import enclosing_root
from sentinel.front.cli.daemon_link import project_directory


@dataclass(frozen=True, slots=True)
class Place:
    """Whose configuration is edited, and for which project; `platform` is as in `sys.platform`."""

    project: Path
    home: Path
    environ: Mapping[str, str]
    platform: str


def place_of(options: Namespace) -> Place:
    """That of the person at this command line. Raises what says that there is no repository."""
    project = enclosing_root(project_directory(options)).absolute()
    return Place(project=project, home=Path.home(), environ=os.environ, platform=sys.platform)
