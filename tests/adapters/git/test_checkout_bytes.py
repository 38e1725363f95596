"""A checkout has the bytes of the blobs: no attribute changes between the two what was read and what runs."""

import os
import subprocess

import pytest

from sentinel.adapters.git.checkout import OWN_BYTES
from sentinel.adapters.git.differing import Tree, differing
from tests.adapters.repositories import Repository, Scene

SCRIPT = '#!/bin/sh\necho "¥"; echo "; exit 0; echo ¥" # $Id$ $Format:%H$\nexit 1\n'
"""Fails; in Shift JIS the sign of the yen is a backslash, which makes the quoted `exit 0` a command."""
CRLF = "one\r\ntwo\r\n"
ATTRIBUTES = [
    "* working-tree-encoding=SHIFT-JIS",
    "* working-tree-encoding=UTF-7",
    "* working-tree-encoding=UTF-16LE-BOM",
    "* text working-tree-encoding=ISO-8859-1",
    "* text eol=crlf",
    "* eol=crlf",
    "* text=auto eol=crlf",
    "* crlf=input",
    "* crlf",
    "* ident",
    "* export-subst",
    "* filter=shout",
    "[attr]loud filter=shout ident eol=crlf working-tree-encoding=UTF-7\n* loud",
    "[attr]binary working-tree-encoding=UTF-7 ident\n* binary",
    "[attr]text working-tree-encoding=UTF-7\n* text",
    "*.sh !text ident working-tree-encoding=utf-7",
]


def add(at: Scene, files: dict[str, str]) -> str:
    """A commit with these very bytes, whatever git would make of them on their way in."""
    for name, text in files.items():
        blob = at.work.git("hash-object", "-w", "--stdin", "--no-filters", stdin=text)
        at.work.git("update-index", "--add", "--cacheinfo", f"100755,{blob},{name}")
    at.work.git("commit", "--quiet", "--message=attributes")
    return at.work.head


async def checked_out(at: Scene, files: dict[str, str]) -> Repository:
    commit = add(at, files)
    await at.fetch(None)
    await at.mirror.checkout(commit, at.folder / "build")
    return Repository(at.folder / "build", at.work.environ)


@pytest.mark.parametrize("place", [".gitattributes", "deploy/.gitattributes"])
@pytest.mark.parametrize("attributes", ATTRIBUTES)
async def test_no_attribute_changes_the_bytes_that_run(at: Scene, attributes: str, place: str) -> None:
    clone = await checked_out(
        at, {place: f"{attributes}\n", "deploy/smoke.sh": SCRIPT, "deploy/.smoke.sh": SCRIPT, "deploy/dos.txt": CRLF}
    )
    for name, text in (("smoke.sh", SCRIPT), (".smoke.sh", SCRIPT), ("dos.txt", CRLF)):
        assert (clone.root / "deploy" / name).read_bytes() == text.encode()
    assert clone.git("status", "--porcelain") == ""
    assert await differing(at.mirror.git, Tree(clone.root, attributes=OWN_BYTES), clone.head) == ()


def test_the_attributes_of_these_tests_do_change_bytes_for_plain_git(at: Scene) -> None:
    commit = add(at, {".gitattributes": "*.sh working-tree-encoding=SHIFT-JIS\n", "smoke.sh": SCRIPT})
    at.work.git("worktree", "add", "--quiet", "--detach", "../plain", commit)
    changed = at.folder / "plain" / "smoke.sh"
    assert changed.read_bytes() != SCRIPT.encode()
    assert subprocess.run(["sh", changed], check=False).returncode == 0


async def test_attributes_of_the_daemons_user_and_of_the_working_copy_change_nothing_either(at: Scene) -> None:
    for place in (at.folder / "home/.config/git/attributes", at.work.root / ".git/info/attributes"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("* working-tree-encoding=UTF-7 ident\n")
    at.work.git("config", "core.autocrlf", "true")
    (at.folder / "home/.gitconfig").write_text("[core]\n\tautocrlf = true\n\teol = crlf\n")
    clone = await checked_out(at, {"smoke.sh": SCRIPT, "dos.txt": CRLF})
    assert (clone.root / "smoke.sh").read_bytes() == SCRIPT.encode()
    assert (clone.root / "dos.txt").read_bytes() == CRLF.encode()


async def test_a_link_in_place_of_the_attributes_is_not_followed(at: Scene) -> None:
    outside = at.folder / "outside"
    outside.write_text("* working-tree-encoding=UTF-7\n")
    blob = at.work.git("hash-object", "-w", "--stdin", "--no-filters", stdin=os.fspath(outside))
    at.work.git("update-index", "--add", "--cacheinfo", f"120000,{blob},.gitattributes")
    clone = await checked_out(at, {"smoke.sh": SCRIPT})
    assert (clone.root / "smoke.sh").read_bytes() == SCRIPT.encode()
