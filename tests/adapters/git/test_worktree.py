"""Whether the working copy is clean, judged without believing it."""

import os

import pytest

from sentinel.errors.git import NoCommitsError
from tests.adapters.repositories import Scene, repository


async def uncommitted(at: Scene) -> tuple[str, ...]:
    """What is uncommitted after a fetch."""
    await at.fetch(None)
    return await at.worktree.uncommitted()


async def test_a_committed_working_copy_is_clean(at: Scene) -> None:
    assert await uncommitted(at) == ()
    assert await at.worktree.head_branch() == "main"


async def test_changed_added_and_removed_files_are_listed(at: Scene) -> None:
    at.work.commit(changed="a\n", removed="b\n", same="c\n")
    at.work.write("changed", "A\n")
    (at.work.root / "removed").unlink()
    at.work.write("added")
    assert sorted(await uncommitted(at)) == ["added", "changed", "removed"]


async def test_a_staged_change_counts(at: Scene) -> None:
    at.work.write("README", "staged\n")
    at.work.git("add", "README")
    assert await uncommitted(at) == ("README",)


async def test_a_change_hidden_by_flags_of_the_index_is_seen(at: Scene) -> None:
    at.work.commit(other="x\n")
    at.work.git("update-index", "--assume-unchanged", "README")
    at.work.git("update-index", "--skip-worktree", "other")
    at.work.write("README", "hidden\n")
    at.work.write("other", "hidden\n")
    assert sorted(await uncommitted(at)) == ["README", "other"]


async def test_a_change_of_the_same_size_and_time_is_seen(at: Scene) -> None:
    path = at.work.root / "README"
    at.work.git("status")
    before = path.stat()
    path.write_text("ONE\ntwo\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert await uncommitted(at) == ("README",)


async def test_ignored_files_do_not_count(at: Scene) -> None:
    at.work.commit(**{".gitignore": "*.log\n"})
    (at.work.root / ".git/info").mkdir(exist_ok=True)
    (at.work.root / ".git/info/exclude").write_text("private\n")
    at.work.write("debug.log")
    at.work.write("private")
    assert await uncommitted(at) == ()


async def test_what_the_daemons_user_always_ignores_does_not_count(at: Scene) -> None:
    ignore = at.folder / "home/.config/git/ignore"
    ignore.parent.mkdir(parents=True)
    ignore.write_text(".idea/\n")
    at.work.write(".idea/workspace.xml")
    assert await uncommitted(at) == ()


async def test_an_exclude_file_that_is_a_pipe_does_not_block(at: Scene) -> None:
    (at.work.root / ".git/info").mkdir(exist_ok=True)
    os.mkfifo(at.work.root / ".git/info/exclude")
    assert await uncommitted(at) == ()


async def test_a_changed_mode_counts_unless_the_file_system_has_none(at: Scene) -> None:
    (at.work.root / "README").chmod(0o755)
    assert await uncommitted(at) == ("README",)
    at.work.git("config", "core.fileMode", "false")
    assert await uncommitted(at) == ()


async def test_line_endings_that_the_repository_converts_do_not_count(at: Scene) -> None:
    at.work.git("config", "core.autocrlf", "input")
    (at.work.root / "README").write_bytes(b"one\r\ntwo\r\n")
    assert await uncommitted(at) == ()


async def test_a_nested_repository_is_something_untracked(at: Scene) -> None:
    repository(at.work.root / "nested", at.work.environ).commit("nested")
    assert await uncommitted(at) == ("nested/",)


async def test_at_most_twenty_paths_are_listed(at: Scene) -> None:
    for number in range(25):
        at.work.write(f"file{number}")
    assert len(await uncommitted(at)) == 20


async def test_hidden_characters_of_file_names_are_shown(at: Scene) -> None:
    for name in ("-rf", "new\nline", "esc\x1b[31m", "bidi\u202e"):
        at.work.write(name)
    assert sorted(await uncommitted(at)) == ["-rf", "bidi\\u202e", "esc\\x1b[31m", "new\\x0aline"]


async def test_a_linked_worktree_is_judged_by_its_own_head(at: Scene) -> None:
    at.work.git("worktree", "add", "--quiet", "-b", "feature", "../linked")
    at.work.commit("second", README="second\n")
    await at.mirror.fetch(at.work.root, "main", None)
    linked = type(at.worktree)(at.folder / "linked", at.mirror)
    assert await linked.head_branch() == "feature"
    assert await linked.uncommitted() == ()


async def test_a_commit_that_the_mirror_has_not_seen_is_compared_all_the_same(at: Scene) -> None:
    at.work.commit("second", README="second\n")
    assert await at.worktree.uncommitted() == ()


async def test_a_repository_without_commits_cannot_be_judged(at: Scene) -> None:
    await at.fetch()
    empty = repository(at.folder / "empty", at.work.environ)
    with pytest.raises(NoCommitsError):
        await type(at.worktree)(empty.root, at.mirror).uncommitted()


async def test_the_working_copy_is_not_written_to(at: Scene) -> None:
    await at.fetch()
    at.work.write("README", "changed\n")
    before = {path: path.lstat().st_mtime_ns for path in at.work.root.rglob("*")}
    await at.worktree.uncommitted()
    assert {path: path.lstat().st_mtime_ns for path in at.work.root.rglob("*")} == before
