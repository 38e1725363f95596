"""The sample web service that the demo releases: in the wheel beside this module, in a checkout under `examples/`."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

NAME = "web-service"
_UNWANTED = shutil.ignore_patterns("__pycache__", "dist")


def copy_sample(target: Path) -> None:
    """Copies it to `target`, which must not exist yet, without what was built in it."""
    packed = files(__package__) / NAME
    if not packed.is_dir():
        packed = Path(__file__).parents[3] / "examples" / NAME
    with as_file(packed) as source:
        shutil.copytree(source, target, ignore=_UNWANTED)
