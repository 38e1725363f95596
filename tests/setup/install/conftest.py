"""A person's home folder and a project, neither of them real."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentinel.setup.install import install
from sentinel.setup.install.entry import Place


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an installation is tried."""

    home: Path
    project: Path

    def install(
        self,
        client: str,
        *,
        project: Path | None = None,
        unattended: bool = False,
        print_only: bool = False,
        environ: Mapping[str, str] | None = None,
        platform: str = "linux",
    ) -> str:
        place = Place(project or self.project, self.home, {"HOME": str(self.home), **(environ or {})}, platform)
        return install(client, place, unattended=unattended, print_only=print_only)

    def files(self) -> dict[Path, bytes]:
        """Everything in both folders."""
        paths = (path for folder in (self.home, self.project) for path in folder.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in paths}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "home", tmp_path / "shop")
    desk.home.mkdir()
    desk.project.mkdir()
    return desk


def document(file: Path) -> dict[str, Any]:
    """A configuration file, as a client reads it."""
    text = file.read_text()
    found: dict[str, Any] = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    return found
