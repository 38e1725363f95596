"""Reading commits, files, release tags and changes from the mirror."""

import pytest

from sentinel.core.candidate.version_tags import TagNames
from sentinel.errors.git import FileTooLargeError, IsALinkError, NotAFileError, UnknownRevisionError
from tests.adapters.repositories import Scene

_ABSENT = "0" * 39 + "1"


async def test_a_file_is_read_as_it_is_in_the_commit_not_as_it_lies_in_the_folder(at: Scene) -> None:
    commit = await at.fetch()
    at.work.write("README", "changed\n")
    assert await at.read(commit, "README") == b"one\ntwo\n"


@pytest.mark.parametrize(
    "path", ["MISSING", "../README", "/README", "", ".", "README/x", "--help", ":(glob)*", "READM?"]
)
async def test_what_is_not_in_the_commit_is_absent(at: Scene, path: str) -> None:
    commit = await at.fetch()
    async with at.mirror.reading() as reader:
        files = await reader.at(commit)
        assert await files.read(path) is None
        assert not await files.is_executable(path)


async def test_a_symbolic_link_is_refused(at: Scene) -> None:
    (at.work.root / "link").symlink_to("/etc/passwd")
    commit = at.work.commit()
    await at.fetch(None)
    with pytest.raises(NotAFileError, match="a symbolic link"):
        await at.read(commit, "link")


async def test_a_symbolic_link_within_the_repository_is_refused_with_where_it_leads(at: Scene) -> None:
    (at.work.root / "docs").mkdir()
    (at.work.root / "docs" / "CHANGELOG.md").symlink_to("../notes/changes.md")
    commit = at.work.commit()
    await at.fetch(None)
    with pytest.raises(IsALinkError) as refusal:
        await at.read(commit, "docs/CHANGELOG.md")
    assert refusal.value.what.startswith("docs/CHANGELOG.md is a symbolic link to notes/changes.md at that commit")
    assert refusal.value.fix.startswith("Name notes/changes.md in sentinel.toml in place of docs/CHANGELOG.md")


async def test_a_folder_is_refused(at: Scene) -> None:
    commit = at.work.commit(**{"dir/file": "x\n"})
    await at.fetch(None)
    assert await at.read(commit, "dir/file") == b"x\n"
    with pytest.raises(NotAFileError, match="a folder"):
        await at.read(commit, "dir")


async def test_a_file_beyond_the_limit_is_refused(at: Scene) -> None:
    commit = await at.fetch()
    with pytest.raises(FileTooLargeError, match="8 bytes; at most 4"):
        await at.read(commit, "README", limit=4)


@pytest.mark.parametrize("name", [_ABSENT, "v9.9.9"])
async def test_an_unknown_revision_is_named(at: Scene, name: str) -> None:
    await at.fetch()
    with pytest.raises(UnknownRevisionError, match=name):
        await at.mirror.commit_of(name)
    with pytest.raises(UnknownRevisionError, match=name):
        await at.read(name, "README")


async def test_ancestry_follows_merges_and_ignores_unknown_commits(at: Scene) -> None:
    base = at.work.head
    at.work.git("switch", "--quiet", "-c", "side")
    side = at.work.commit("side")
    at.work.git("switch", "--quiet", "main")
    at.work.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    head = await at.fetch(None)
    assert await at.mirror.is_ancestor(side, head)
    assert await at.mirror.is_ancestor(head, head)
    assert not await at.mirror.is_ancestor(head, base)
    assert not await at.mirror.is_ancestor(_ABSENT, head)


async def test_the_names_of_all_tags_are_known_and_whether_the_branch_contains_them(at: Scene) -> None:
    contained = ("v1.9.0", "v1.10.0", "v1.11.0-rc.1", "api/v1.0.0", "@shop/api@2.0.0", "nightly")
    for tag in contained:
        at.work.git("tag", tag)
    at.work.git("switch", "--quiet", "-c", "side")
    at.work.commit("side")
    at.work.git("tag", "v5.0.0")
    at.work.git("switch", "--quiet", "main")
    commit = await at.fetch()
    names = await at.mirror.tag_names(commit, remote=False)
    assert names == TagNames(frozenset(contained), frozenset({"v5.0.0"}))
    assert await at.mirror.commit_of("v1.10.0") == commit


async def test_a_tag_that_only_the_remote_has_counts(at: Scene) -> None:
    at.work.git("tag", "-a", "-m", "x", "v2.0.0")
    at.work.git("push", "--quiet", "origin", "v2.0.0")
    at.work.git("tag", "-d", "v2.0.0")
    names = await at.mirror.tag_names(await at.fetch())
    assert names == TagNames(contained=frozenset({"v2.0.0"}))


async def test_where_there_is_a_remote_a_tag_that_it_does_not_have_is_no_released_one(at: Scene) -> None:
    at.work.git("tag", "v1.0.0")
    at.work.git("push", "--quiet", "origin", "v1.0.0")
    at.work.git("tag", "v2.0.0")
    names = await at.mirror.tag_names(await at.fetch())
    assert names == TagNames(frozenset({"v1.0.0"}), frozenset({"v2.0.0"}), unpushed=frozenset({"v2.0.0"}))
    without = await at.mirror.tag_names(await at.fetch(), remote=False)
    assert without == TagNames(frozenset({"v1.0.0", "v2.0.0"}))


async def test_a_tag_that_only_the_daemon_has_is_told_from_the_others(at: Scene) -> None:
    at.work.git("tag", "v1.0.0")
    commit = await at.fetch()
    for tag in ("v1.0.0", "v1.1.0"):
        await at.mirror.git("update-ref", f"refs/tags/{tag}", commit)
    assert await at.mirror.tag_names(commit) == TagNames(frozenset({"v1.0.0", "v1.1.0"}), own=frozenset({"v1.1.0"}))


async def test_changes_are_counted_by_file_and_line(at: Scene) -> None:
    at.work.git("tag", "v1.0.0")
    (at.work.root / "binary").write_bytes(b"\0\1\2")
    commit = at.work.commit(README="one\nthree\nfour\n", **{"new\nname": "x\n"})
    await at.fetch(None)
    assert str((await at.mirror.compare("v1.0.0", commit)).total) == "3 files, +3/-1"


async def test_changed_files_are_named_with_their_lines(at: Scene) -> None:
    at.work.git("tag", "v1.0.0")
    (at.work.root / "binary").write_bytes(b"\0\1\2")
    commit = at.work.commit(README="one\nthree\nfour\n", **{"new\nname": "x\n"})
    await at.fetch(None)
    files = {file.path: (file.insertions, file.deletions) for file in (await at.mirror.compare("v1.0.0", commit)).files}
    assert files == {"README": (2, 1), "binary": (None, None), "new\nname": (1, 0)}


async def test_commits_are_named_by_author_and_first_line_the_newest_first(at: Scene) -> None:
    base = await at.fetch()
    at.work.commit(one="1\n")
    at.work.git(
        "commit", "--quiet", "--allow-empty", "--author=Caf\u00e9 <c@example>", "-m", "Sell \x1b[31mtea\n\nBody"
    )
    commit = await at.fetch(None)
    named = await at.mirror.log(base, commit)
    assert (named[0].id, named[0].author, named[0].subject) == (commit, "Caf\u00e9", "Sell \x1b[31mtea")
    assert len(named) == 2
    assert len(await at.mirror.log(None, commit)) == 3


async def test_without_a_base_everything_is_a_change(at: Scene) -> None:
    commit = await at.fetch()
    assert str((await at.mirror.compare(None, commit)).total) == "1 file, +2/-0"
