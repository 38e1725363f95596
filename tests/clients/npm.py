"""Client programs from npm, in a folder outside of the repository that is kept: they are large."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.programs import Program

SECONDS = 300.0


def cache() -> Path:
    """SENTINEL_CLIENTS, else a folder of the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SENTINEL_CLIENTS") or Path(base, "sentinel-clients"))


def installed(program: Program) -> Path:
    """The program's path. Skips where it cannot be had, and says why."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            pytest.skip(f"NOT RUN: {program.client} needs {name}, which is not on PATH")
    folder = cache() / f"{program.client}-{program.version}"
    path = folder / "node_modules" / ".bin" / program.binary
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        package = f"{program.package}@{program.version}"
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), package],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode or not path.exists():
            pytest.skip(f"NOT RUN: npm does not install {package}: {done.stderr.strip()[-300:]}")
    return path
