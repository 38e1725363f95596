"""Pinned files over a checkout in which a build has run: nothing outside of it is touched, whatever lies there."""

import os
from pathlib import Path

import pytest

from sentinel.adapters import workspace
from sentinel.core.policy.pinning import Script
from sentinel.errors.command import PinnedPathReplacedError

NEW = b"#!/bin/sh\necho new\n"


def lay_over(checkout: Path, name: str, content: bytes, *, executable: bool, replacing: bool = True) -> None:
    workspace.lay_over(checkout, [Script(name, content, executable)], replacing=replacing)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "deploy").mkdir(parents=True)
    (folder / "deploy" / "rollback.sh").write_text("old")
    return folder


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


@pytest.mark.parametrize(("executable", "wanted"), [(True, 0o555), (False, 0o444)])
def test_a_file_takes_the_place_of_the_old_one_with_its_mode(checkout: Path, *, executable: bool, wanted: int) -> None:
    lay_over(checkout, "deploy/rollback.sh", NEW, executable=executable)
    file = checkout / "deploy" / "rollback.sh"
    assert (file.read_bytes(), mode(file)) == (NEW, wanted)
    assert [name.name for name in file.parent.iterdir()] == ["rollback.sh"]


@pytest.mark.parametrize("name", ["rollback.sh", "new/rollback.sh", "very/new/rollback.sh"])
def test_folders_that_the_older_release_did_not_have_are_made(checkout: Path, name: str) -> None:
    lay_over(checkout, name, NEW, executable=True)
    assert (checkout / name).read_bytes() == NEW


def test_a_link_to_a_file_is_replaced_and_not_written_through(checkout: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    file = checkout / "deploy" / "rollback.sh"
    file.unlink()
    file.symlink_to(outside)
    lay_over(checkout, "deploy/rollback.sh", NEW, executable=True)
    assert (outside.read_text(), file.is_symlink(), file.read_bytes()) == ("kept", False, NEW)


@pytest.mark.parametrize("target", ["../outside", "nowhere", "deploy"])
def test_a_link_to_a_folder_is_replaced_and_not_followed(checkout: Path, tmp_path: Path, target: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (checkout / "deploy" / "rollback.sh").unlink()
    (checkout / "deploy").rmdir()
    (checkout / "deploy").symlink_to(target)
    lay_over(checkout, "deploy/rollback.sh", NEW, executable=True)
    assert list(outside.iterdir()) == []
    assert not (checkout / "deploy").is_symlink()
    assert (checkout / "deploy" / "rollback.sh").read_bytes() == NEW


def test_what_is_linked_to_the_same_inode_stays_as_it_is(checkout: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    os.link(checkout / "deploy" / "rollback.sh", twin)
    lay_over(checkout, "deploy/rollback.sh", NEW, executable=True)
    assert twin.read_text() == "old"


def test_a_folder_or_a_pipe_in_its_place_goes(checkout: Path) -> None:
    (checkout / "start.sh" / "within").mkdir(parents=True)
    os.mkfifo(checkout / "pipe")
    (checkout / "file").write_text("no folder")
    for name in ("start.sh", "pipe", "file/start.sh"):
        lay_over(checkout, name, NEW, executable=True)
        assert (checkout / name).read_bytes() == NEW


def test_it_may_be_done_again(checkout: Path) -> None:
    for _ in range(2):
        lay_over(checkout, "deploy/rollback.sh", NEW, executable=True)
    assert (checkout / "deploy" / "rollback.sh").read_bytes() == NEW


def test_a_checkout_that_is_a_link_is_refused(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout)
    with pytest.raises(PinnedPathReplacedError):
        lay_over(tmp_path / "link", "deploy/rollback.sh", NEW, executable=True)
    assert (checkout / "deploy" / "rollback.sh").read_text() == "old"


def test_over_the_code_of_the_same_release_what_is_in_the_way_is_refused(checkout: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (checkout / "link").symlink_to(outside)
    (checkout / "start.sh").mkdir()
    for name in ("link/rollback.sh", "start.sh"):
        with pytest.raises(PinnedPathReplacedError):
            lay_over(checkout, name, NEW, executable=True, replacing=False)
    assert list(outside.iterdir()) == []
