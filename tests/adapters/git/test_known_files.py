"""What was read at a commit once is known; nothing else is taken for known."""

import shutil

import pytest

from sentinel.adapters.git.known_files import FILE_BYTES, FILES, KnownFiles
from sentinel.errors.git import FileTooLargeError, UnknownRevisionError
from tests.adapters.repositories import Scene

_ABSENT = "0" * 39 + "1"


class Asked:
    """Files without a repository, and what was asked of them."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.paths: list[str] = []

    async def __call__(self, _commit: str, path: str) -> bytes | None:
        self.paths.append(path)
        return self.content


async def test_what_was_read_at_a_commit_is_known_and_so_is_what_was_not_there(at: Scene) -> None:
    known, commit = KnownFiles(), await at.fetch()
    before = [await known.read(commit, path, at.mirror.read) for path in ("README", "MISSING")]
    shutil.rmtree(at.mirror.git.git_dir)
    assert [await known.read(commit, path, at.mirror.read) for path in ("README", "MISSING")] == before
    assert before == [b"one\ntwo\n", None]


async def test_each_commit_has_files_of_its_own(at: Scene) -> None:
    known, first = KnownFiles(), await at.fetch()
    await known.read(first, "README", at.mirror.read)
    at.work.commit(README="changed\n")
    at.push()
    assert await known.read(await at.fetch(), "README", at.mirror.read) == b"changed\n"


async def test_a_tag_is_looked_up_each_time_since_it_may_be_moved(at: Scene) -> None:
    known = KnownFiles()
    at.work.git("tag", "v1")
    await at.fetch()
    assert await known.read("v1", "README", at.mirror.read) == b"one\ntwo\n"
    at.work.commit(README="changed\n")
    at.push()
    at.work.git("tag", "--force", "v1")
    await at.fetch()
    assert await known.read("v1", "README", at.mirror.read) == b"changed\n"


async def test_a_refusal_is_made_again_and_hides_nothing_that_comes_later(at: Scene) -> None:
    known = KnownFiles()
    await at.fetch()
    with pytest.raises(UnknownRevisionError):
        await known.read(_ABSENT, "README", at.mirror.read)
    large = at.work.commit(LARGE="x" * (1024 * 1024 + 1))
    at.push()
    await at.fetch()
    for _ in range(2):
        with pytest.raises(FileTooLargeError):
            await known.read(large, "LARGE", at.mirror.read)


@pytest.mark.parametrize(("size", "asks"), [(FILE_BYTES, 1), (FILE_BYTES + 1, 2)])
async def test_a_large_file_is_not_kept(size: int, asks: int) -> None:
    known, ask = KnownFiles(), Asked(b"x" * size)
    for _ in range(2):
        await known.read(_ABSENT, "file", ask)
    assert len(ask.paths) == asks


async def test_of_too_many_files_the_one_that_was_not_read_for_longest_goes() -> None:
    known, ask = KnownFiles(), Asked()
    for path in ["first", "second", *map(str, range(FILES - 2)), "first", "more", "first", "second"]:
        await known.read(_ABSENT, path, ask)
    assert (ask.paths.count("first"), ask.paths.count("second")) == (1, 2)
