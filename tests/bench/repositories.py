"""A repository that has grown, made with `git fast-import`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.protocol.shop import Shop

FILES = 50_000
COMMITS = 20_000
TAGGED = COMMITS - 100
"""The commit that was released last."""
_FOLDER = 100
_LINE = "value_{number} = compute(value_{number}, {commit})  # as agreed\n"


def large_repository(folder: Path) -> Shop:
    """The shop with so many files more, of about 1 KB, and commits that each change one; its sprint is not done."""
    shop = Shop.create(folder)
    head = shop.git("rev-parse", "HEAD")
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=shop.root, stdin=subprocess.PIPE)
    assert importing.stdin is not None
    with importing.stdin:
        importing.stdin.writelines(_history(head))
    assert importing.wait() == 0
    shop.git("reset", "--quiet", "--hard")
    shop.release_changelog("1.0.0", "Everything is quicker.")
    shop.commit("Say what is new")
    return shop


def _history(head: str) -> Iterator[bytes]:
    """One commit with all files, and the others on top of it."""
    yield from _commit(0, f"from {head}\n")
    for number in range(FILES):
        yield _file(number, commit=0)
    for commit in range(1, COMMITS):
        yield from _commit(commit, "")
        yield _file(commit * 7919 % FILES, commit)
    yield f"reset refs/tags/v1.0.0\nfrom :{TAGGED}\n\n".encode()


def _commit(number: int, parent: str) -> Iterator[bytes]:
    message = f"Change {number}"
    yield f"commit refs/heads/main\nmark :{number + 1}\n".encode()
    yield f"committer Dev <dev@example.org> {1_700_000_000 + number} +0000\n".encode()
    yield f"data {len(message)}\n{message}\n{parent}".encode()


def _file(number: int, commit: int) -> bytes:
    text = _LINE.format(number=number, commit=commit) * 20
    path = f"src/{number // _FOLDER**2:02}/{number // _FOLDER % _FOLDER:02}/module_{number % _FOLDER:02}.py"
    return f"M 100644 inline {path}\ndata {len(text)}\n{text}\n".encode()
