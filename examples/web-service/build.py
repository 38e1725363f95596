"""Builds dist/shop.pyz: the same bytes from the same commit, wherever and whenever it is built."""

import os
import stat
import subprocess
import zipfile
from pathlib import Path

MAIN = "from runpy import run_module\n\nrun_module('shop', run_name='__main__')\n"
EARLIEST = (1980, 1, 1, 0, 0, 0)


def git(*words: str) -> str:
    """What git says about this checkout."""
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.strip()


def build(target: Path) -> None:
    """A zipapp that knows its version and, in the archive's comment, its commit, as `git archive` writes it."""
    version = os.environ.get("SENTINEL_VERSION") or git("describe", "--tags", "--always", "--dirty")
    commit = os.environ.get("SENTINEL_COMMIT") or git("rev-parse", "HEAD")
    sources = [path for path in Path("shop").rglob("*") if path.suffix in (".py", ".json")]
    contents = {path.as_posix(): path.read_bytes() for path in sources}
    contents |= {"__main__.py": MAIN.encode(), "shop/VERSION": f"{version} {commit}\n".encode()}
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as archive:
            for name in sorted(contents):
                entry = zipfile.ZipInfo(name, EARLIEST)
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, contents[name])
            archive.comment = commit.encode()
    target.chmod(0o755)


build(Path("dist/shop.pyz"))
