"""Whether the working copy is clean, judged without believing it."""

import os

import pytest

from sentinel.adapters.git.worktree import Worktree
from sentinel.core.candidate.commit_files import Difference
from sentinel.errors.git import NoCommitsError, WrongBranchError
from tests.adapters.repositories import Scene, repository


async def uncommitted(at: Scene) -> tuple[str, ...]:
    """The paths that are uncommitted after a fetch."""
    return tuple(difference.path for difference in await differences(at))


async def differences(at: Scene) -> tuple[Difference, ...]:
    return await at.worktree.uncommitted(await at.fetch(None))


async def test_a_committed_working_copy_is_clean(at: Scene) -> None:
    assert await uncommitted(at) == ()
    assert await at.worktree.head_branch() == "main"


async def test_changed_added_and_removed_files_are_listed(at: Scene) -> None:
    at.work.commit(changed="a\n", removed="b\n", same="c\n")
    at.work.write("changed", "A\n")
    (at.work.root / "removed").unlink()
    at.work.write("added")
    found = {difference.path: difference.how for difference in await differences(at)}
    assert found == {"added": "new", "changed": "changed", "removed": "gone"}


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
    commit = await at.mirror.fetch(at.work.root, "main", None)
    linked = type(at.worktree)(at.folder / "linked", at.mirror)
    assert await linked.head_branch() == "feature"
    assert await linked.uncommitted(commit) == ()


async def test_a_commit_that_the_mirror_has_not_seen_is_compared_all_the_same(at: Scene) -> None:
    before = await at.fetch(None)
    at.work.commit("second", README="second\n")
    assert await at.worktree.uncommitted(before) == ()


async def test_a_repository_without_commits_cannot_be_judged(at: Scene) -> None:
    commit = await at.fetch()
    empty = repository(at.folder / "empty", at.work.environ)
    with pytest.raises(NoCommitsError):
        await type(at.worktree)(empty.root, at.mirror).uncommitted(commit)


async def test_the_working_copy_is_not_written_to(at: Scene) -> None:
    commit = await at.fetch()
    at.work.write("README", "changed\n")
    before = {path: path.lstat().st_mtime_ns for path in at.work.root.rglob("*")}
    await at.worktree.uncommitted(commit)
    assert {path: path.lstat().st_mtime_ns for path in at.work.root.rglob("*")} == before


def home(at: Scene, file: str, text: str) -> None:
    path = at.folder / "home" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_what_the_user_ignores_by_a_setting_does_not_count(at: Scene) -> None:
    home(at, ".gitconfig", "[core]\n\texcludesFile = ~/.gitignore_global\n")
    home(at, ".gitignore_global", ".DS_Store\n.idea/\n")
    for name in (".DS_Store", ".idea/workspace.xml", "new"):
        at.work.write(name)
    assert await uncommitted(at) == ("new",)


@pytest.mark.parametrize("setting", ["autocrlf = true", "autocrlf = input", "eol = crlf"])
async def test_line_ends_that_the_user_has_git_convert_do_not_count(at: Scene, setting: str) -> None:
    at.work.commit(
        **{".gitattributes": "*.txt text\n", "a.txt": "one\ntwo\n"} if "eol" in setting else {"a.txt": "one\n"}
    )
    home(at, ".gitconfig", f"[core]\n\t{setting}\n")
    (at.work.root / "a.txt").write_bytes(b"one\r\ntwo\r\n" if "eol" in setting else b"one\r\n")
    assert await uncommitted(at) == ()


async def test_what_the_repository_says_goes_before_what_the_user_says(at: Scene) -> None:
    home(at, ".gitconfig", "[core]\n\tautocrlf = true\n")
    at.work.git("config", "core.autocrlf", "false")
    (at.work.root / "README").write_bytes(b"one\r\ntwo\r\n")
    assert await uncommitted(at) == ("README",)


@pytest.mark.parametrize("place", ["home/.config/git/attributes", "work/.git/info/attributes"])
async def test_attributes_outside_of_the_tree_count(at: Scene, place: str) -> None:
    path = at.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("README text\n")
    (at.work.root / "README").write_bytes(b"one\r\ntwo\r\n")
    assert await uncommitted(at) == ()


async def test_what_a_sparse_checkout_leaves_out_does_not_count(at: Scene) -> None:
    at.work.commit(**{"site/a": "x\n", "deploy/b": "x\n", "docs/c": "x\n", "docs/deep/d": "x\n"})
    at.work.git("sparse-checkout", "set", "--cone", "site", "deploy")
    assert not (at.work.root / "docs").exists()
    assert await uncommitted(at) == ()
    (at.work.root / "site/a").unlink()
    at.work.write("docs/c", "changed\n")
    assert {(one.path, one.how) for one in await differences(at)} == {("site/a", "gone"), ("docs/c", "changed")}
    at.work.git("config", "--worktree", "core.sparseCheckout", "false")
    assert ("docs/deep/d", "gone") in {(one.path, one.how) for one in await differences(at)}


async def test_a_sparse_index_says_the_same(at: Scene) -> None:
    at.work.commit(**{"site/a": "x\n", "docs/c": "x\n", "docs/deep/d": "x\n"})
    at.work.git("sparse-checkout", "set", "--cone", "--sparse-index", "site")
    assert await uncommitted(at) == ()


STRIP = "sed -e s/OUTPUT/stripped/"


async def filtered(at: Scene) -> None:
    """A notebook that is committed as its filter makes it, as nbstripout does."""
    at.work.git("config", "filter.strip.clean", STRIP)
    at.work.git("config", "filter.strip.smudge", "cat")
    at.work.commit(**{".gitattributes": "*.ipynb filter=strip\n", "book.ipynb": "an OUTPUT\n"})
    assert at.work.git("status", "--porcelain") == ""


async def test_a_file_that_goes_through_a_filter_is_clean_while_git_notes_it_so(at: Scene) -> None:
    await filtered(at)
    assert await uncommitted(at) == ()
    book = at.work.root / "book.ipynb"
    book.write_text("an OUTPUT.\n")
    unknown = Difference(path="book.ipynb", how="unknown", filter="strip")
    assert await differences(at) == (unknown,)
    book.write_text("an OUTPUT\n")
    assert await differences(at) == (unknown,)
    os.utime(book, ns=(0, 0))
    at.work.git("status")
    assert await uncommitted(at) == ()


async def test_a_note_of_another_blob_does_not_count(at: Scene) -> None:
    await filtered(at)
    book = at.work.root / "book.ipynb"
    book.write_text("another OUTPUT\n")
    os.utime(book, ns=(0, 0))
    at.work.git("add", "book.ipynb")
    assert await differences(at) == (Difference(path="book.ipynb", how="unknown", filter="strip"),)


async def test_a_filter_that_nobody_has_configured_is_none(at: Scene) -> None:
    at.work.commit(**{".gitattributes": "*.ipynb filter=strip\n", "book.ipynb": "x\n"})
    at.work.write("book.ipynb", "y\n")
    assert await differences(at) == (Difference(path="book.ipynb", how="changed"),)


async def test_the_worktree_that_has_the_release_branch_is_judged_wherever_we_come_from(at: Scene) -> None:
    at.work.git("worktree", "add", "--quiet", "-b", "feature/agent", "../linked")
    linked = at.folder / "linked"
    (linked / "new").write_text("new\n")
    assert await at.mirror.fetch(linked, "main", "origin") == at.work.head
    head = at.work.head
    assert await Worktree(linked, at.mirror, "main").uncommitted(head) == ()
    assert await Worktree(linked, at.mirror, "feature/agent").uncommitted(head) == (Difference(path="new", how="new"),)
    at.work.git("switch", "--quiet", "--detach")
    with pytest.raises(WrongBranchError, match="on feature/agent; releases are cut from main"):
        await at.mirror.fetch(linked, "main", "origin")


async def test_a_bare_repository_with_worktrees_is_judged_by_them(at: Scene) -> None:
    bare = at.folder / "shop" / ".git"
    at.work.git("clone", "--quiet", "--bare", str(at.work.root), str(bare))
    agent = at.folder / "shop" / "agent"
    at.work.git("--git-dir", str(bare), "worktree", "add", "--quiet", "-b", "feature/agent", str(agent))
    with pytest.raises(WrongBranchError):
        await at.mirror.fetch(agent, "main", None)


async def test_a_worktree_that_only_says_it_is_one_is_not_judged(at: Scene) -> None:
    at.work.git("switch", "--quiet", "-c", "feature/x")
    at.work.write("new")
    fake = at.work.root / ".git/worktrees/fake"
    fake.mkdir(parents=True)
    other = repository(at.folder / "other", at.work.environ)
    other.commit("other")
    (fake / "gitdir").write_text(f"{other.root}/.git\n")
    (fake / "HEAD").write_text("ref: refs/heads/main\n")
    with pytest.raises(WrongBranchError):
        await at.fetch(None)
