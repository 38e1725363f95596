"""Nothing does by hand what `adapters/files.py` offers for files: reads within bounds, whole writes, removals."""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "sentinel"
ONE_PLACE = "adapters/files.py"
BY_HAND = re.compile(r"os\.fsync|os\.replace|os\.link\(|hardlink_to|mkstemp|NamedTemporaryFile|rmtree|O_NONBLOCK")
ELSEWHERE = {
    "adapters/artifacts/store.py": "copies a file while it counts and hashes it",
    "adapters/bundle_files.py": "links a finished archive to where a person wants it, and replaces nothing",
}


@pytest.mark.parametrize("source", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES)))
def test_files_are_handled_in_one_place(source: Path) -> None:
    found = BY_HAND.findall(source.read_text(encoding="utf-8"))
    name = source.relative_to(SOURCES).as_posix()
    assert bool(found) == (name == ONE_PLACE or name in ELSEWHERE), found
