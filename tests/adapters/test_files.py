"""Files that others may have put there, and files that are there whole or not at all."""

import os
import socket
import stat
from pathlib import Path

import pytest

from sentinel.adapters import files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def make_nothing(_path: Path) -> None:
    pass


ODD = [make_folder, make_pipe, make_socket, make_link_to_a_device, make_link_to_nothing, make_nothing]


@pytest.mark.parametrize("make", ODD)
def test_what_is_no_regular_file_is_neither_read_nor_waited_for(tmp_path: Path, make: object) -> None:
    path = tmp_path / "odd"
    assert callable(make)
    make(path)
    assert files.read_regular(path, 10) is None
    with pytest.raises(OSError, match=r"regular file|No such"):
        files.read_whole(path, 10)


def test_a_name_that_no_file_can_have_is_no_file() -> None:
    assert files.read_regular("with\0nul", 10) is None


@pytest.mark.parametrize(("size", "read"), [(0, True), (10, True), (11, False)])
def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path, *, size: int, read: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert files.read_regular(path, 10) == b"x" * min(size, 10)
    if read:
        assert files.read_whole(path, 10) == b"x" * size
    else:
        with pytest.raises(OSError, match="it is larger than 10 bytes"):
            files.read_whole(path, 10)


def test_a_link_is_followed_unless_it_must_not_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert files.read_regular(tmp_path / "link", 10) == b"content"
    with pytest.raises(OSError, match="symbolic link"):
        files.open_regular(tmp_path / "link", follow=False)


@pytest.mark.parametrize("wanted", [0o600, 0o644, 0o555, 0o444])
def test_a_written_file_has_its_exact_mode_whatever_the_umask(tmp_path: Path, wanted: int) -> None:
    before = os.umask(0o077)
    try:
        files.write_whole(tmp_path / "file", b"content", mode=wanted)
    finally:
        os.umask(before)
    assert ((tmp_path / "file").read_bytes(), mode(tmp_path / "file")) == (b"content", wanted)


def test_a_written_file_takes_the_place_of_a_link_and_not_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"kept")
    (tmp_path / "file").symlink_to("other")
    files.write_whole(tmp_path / "file", b"new")
    assert not (tmp_path / "file").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"kept"


def test_a_file_is_as_it_was_where_the_last_check_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def check() -> None:
        raise OSError("changed meanwhile")

    with pytest.raises(OSError, match="changed meanwhile"):
        files.write_whole(tmp_path / "file", b"new", check=check)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_link_to_nothing])
def test_a_new_file_replaces_nothing_and_leaves_nothing_aside(tmp_path: Path, make: object) -> None:
    path = tmp_path / "file"
    assert callable(make)
    make(path)
    kind = path.lstat().st_mode
    assert not files.write_new(path, b"new")
    assert ([one.name for one in tmp_path.iterdir()], path.lstat().st_mode) == (["file"], kind)


def test_a_new_file_is_made_once(tmp_path: Path) -> None:
    assert files.write_new(tmp_path / "file", b"first", mode=files.SECRET)
    assert not files.write_new(tmp_path / "file", b"second")
    assert ((tmp_path / "file").read_bytes(), mode(tmp_path / "file")) == (b"first", 0o600)


@pytest.mark.parametrize("write", [files.write_whole, files.write_new])
def test_a_name_as_long_as_names_may_be_is_written_too(tmp_path: Path, write: object) -> None:
    assert callable(write)
    write(tmp_path / ("n" * 255), b"content")
    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


def test_a_reserve_becomes_the_file_with_nothing_behind_its_content(tmp_path: Path) -> None:
    (tmp_path / "reserve").write_bytes(b" " * 4096)
    files.write_reserved(tmp_path / "file", b"content", reserve=tmp_path / "reserve")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"content"}


def test_a_sealed_folder_is_read_only_to_its_depth_and_can_be_removed(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_bytes(b"")
    files.seal(folder)
    assert {mode(path) for path in (folder, folder / "a", folder / "a" / "b")} == {0o555}
    files.remove_tree(folder)
    assert not folder.exists()


def test_what_is_ours_is_opened_to_the_group_and_no_link_is_followed(tmp_path: Path) -> None:
    """As the build user: root could read all of it in any case."""
    outside, checkout = tmp_path / "outside", tmp_path / "checkout"
    for folder in (outside / "folder", checkout / "closed" / "deeper"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        (folder / "file").chmod(0)
        folder.chmod(0)
    (checkout / "closed").chmod(0)
    (checkout / "link").symlink_to(outside / "folder")
    (checkout / "file-link").symlink_to(outside)
    os.mkfifo(checkout / "pipe", 0o600)
    files.open_to_group(checkout)
    assert (mode(checkout / "closed"), mode(checkout / "closed" / "deeper")) == (0o750, 0o750)
    assert mode(checkout / "closed" / "deeper" / "file") == 0o440
    assert mode(checkout / "pipe") == 0o600
    assert mode(outside / "folder") == 0
    files.open_to_group(checkout / "link")
    assert mode(outside / "folder") == 0


def test_a_folder_that_is_exchanged_for_a_link_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, checkout = tmp_path / "outside", tmp_path / "checkout"
    for folder in (outside, checkout / "a"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        (folder / "file").chmod(0)
    outside.chmod(0o700)
    listed = files._entries  # noqa: SLF001 - the moment between looking and entering

    def exchanged(folder: int) -> list[tuple[str, int]]:
        found = listed(folder)
        if (checkout / "a").is_dir() and not (checkout / "a").is_symlink():
            (checkout / "a").rename(checkout / "b")
            (checkout / "a").symlink_to(outside)
        return found

    monkeypatch.setattr(files, "_entries", exchanged)
    files.open_to_group(checkout)
    assert (mode(outside), mode(outside / "file")) == (0o700, 0)
