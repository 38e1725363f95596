"""Which heads a release may be cut from."""

import os
from pathlib import Path

import pytest

from sentinel.errors import SentinelError
from sentinel.errors.git import (
    BehindRemoteError,
    BranchMissingError,
    DetachedHeadError,
    DivergedBranchError,
    NoCommitsError,
    NotARepositoryError,
    RefNameError,
    RemoteUnreachableError,
    ShallowCloneError,
    UnpushedCommitError,
    WrongBranchError,
)
from tests.adapters.repositories import Scene, repository


async def test_the_head_of_the_release_branch_is_fetched_into_the_mirror(at: Scene) -> None:
    commit = await at.fetch()
    assert commit == at.work.head
    async with at.mirror.reading() as reader:
        assert (await reader.at(commit)).tree == at.work.git("rev-parse", "HEAD^{tree}")


async def test_fetching_again_follows_the_branch_also_backwards(at: Scene) -> None:
    first = await at.fetch()
    second = at.work.commit("second", README="three\n")
    assert await at.fetch(None) == second
    at.work.git("reset", "--quiet", "--hard", first)
    assert await at.fetch(None) == first


async def test_a_linked_worktree_is_a_working_copy_too(at: Scene) -> None:
    at.work.git("switch", "--quiet", "-c", "other")
    at.work.git("worktree", "add", "--quiet", "../linked", "main")
    assert await at.mirror.fetch(at.folder / "linked", "main", "origin") == at.work.head


async def test_a_folder_that_is_no_repository_is_refused(at: Scene, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotARepositoryError):
        await at.mirror.fetch(tmp_path / "empty", "main", None)


async def test_a_repository_without_commits_is_refused(at: Scene, tmp_path: Path) -> None:
    empty = repository(tmp_path / "empty", at.work.environ)
    with pytest.raises(NoCommitsError):
        await at.mirror.fetch(empty.root, "main", None)


async def test_a_detached_head_is_refused(at: Scene) -> None:
    at.work.git("switch", "--quiet", "--detach")
    with pytest.raises(DetachedHeadError):
        await at.fetch()


async def test_another_branch_is_named_in_the_refusal(at: Scene) -> None:
    at.work.git("switch", "--quiet", "-c", "feature/x")
    with pytest.raises(WrongBranchError, match="on feature/x; releases are cut from main"):
        await at.fetch()


async def test_a_release_branch_that_does_not_exist_is_refused(at: Scene) -> None:
    at.work.git("tag", "keep")
    at.work.git("symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(BranchMissingError):
        await at.mirror.fetch(at.work.root, "gone", None)


async def test_a_shallow_clone_is_refused_with_the_command_that_mends_it(at: Scene) -> None:
    at.work.commit("second")
    at.push()
    at.work.git("clone", "--quiet", "--depth=1", f"file://{at.remote.root}", str(at.folder / "shallow"))
    with pytest.raises(ShallowCloneError, match="git fetch --unshallow"):
        await at.mirror.fetch(at.folder / "shallow", "main", "origin")


async def test_a_commit_that_is_not_on_the_remote_is_refused(at: Scene) -> None:
    at.work.commit("second")
    with pytest.raises(UnpushedCommitError, match="git push origin main"):
        await at.fetch()


async def test_a_branch_that_the_remote_does_not_have_yet_is_refused(at: Scene) -> None:
    at.remote.git("update-ref", "-d", "refs/heads/main")
    with pytest.raises(UnpushedCommitError):
        await at.fetch()


async def test_a_branch_behind_the_remote_is_refused(at: Scene) -> None:
    at.work.commit("second")
    at.push()
    at.work.git("reset", "--quiet", "--hard", "HEAD^")
    with pytest.raises(BehindRemoteError, match="git pull"):
        await at.fetch()


async def test_a_branch_that_diverged_from_the_remote_is_refused(at: Scene) -> None:
    at.work.commit("theirs", README="theirs\n")
    at.push()
    at.work.git("reset", "--quiet", "--hard", "HEAD^")
    at.work.commit("ours", README="ours\n")
    with pytest.raises(DivergedBranchError):
        await at.fetch()


async def test_without_its_remote_a_release_can_be_prepared_but_not_claimed(at: Scene) -> None:
    at.work.git("remote", "set-url", "origin", str(at.folder / "gone.git"))
    commit = await at.fetch()
    with pytest.raises(RemoteUnreachableError):
        await at.mirror.refs_with(at.work.root, "main", commit, "origin")


async def test_a_commit_stays_on_the_branch_when_the_branch_grows(at: Scene) -> None:
    commit = await at.fetch()
    at.work.commit("second")
    at.push()
    assert await at.mirror.refs_with(at.work.root, "main", commit, "origin") is not None


async def test_a_commit_that_was_rewritten_away_is_no_longer_on_the_branch(at: Scene) -> None:
    commit = await at.fetch()
    at.work.git("commit", "--quiet", "--amend", "-m", "rewritten")
    assert await at.mirror.refs_with(at.work.root, "main", commit, None) is None


async def test_a_commit_that_only_the_remote_lost_is_no_longer_on_the_branch(at: Scene) -> None:
    commit = await at.fetch()
    tree = at.work.git("rev-parse", "HEAD^{tree}")
    at.work.git(
        "push", "--quiet", "--force", "origin", f"{at.work.git('commit-tree', '-m', 'x', tree)}:refs/heads/main"
    )
    assert await at.mirror.refs_with(at.work.root, "main", commit, "origin") is None


@pytest.mark.parametrize("name", ["--upload-pack=touch marker", "-x", "a..b", "a b", "a\nb", "+main", "a.lock", ""])
async def test_a_branch_name_that_git_could_misread_never_reaches_it(at: Scene, name: str) -> None:
    with pytest.raises(RefNameError):
        await at.mirror.fetch(at.work.root, name, None)


async def test_a_remote_that_runs_a_program_is_not_contacted(at: Scene) -> None:
    marker = at.folder / "marker"
    at.work.git("config", "remote.origin.url", f"ext::touch {marker}")
    await at.fetch()
    with pytest.raises(SentinelError):
        await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    assert not marker.exists()


async def test_a_lock_that_a_crash_left_in_the_mirror_does_not_block_releases(at: Scene) -> None:
    await at.fetch()
    lock = at.mirror.git.git_dir / "refs/working/heads/main.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (0, 0))
    assert await at.mirror.fetch(at.work.root, "main", None) == at.work.head
    second = at.work.commit("second")
    assert await at.fetch(None) == second


async def test_a_relative_remote_is_taken_from_the_working_copy(at: Scene) -> None:
    at.work.git("remote", "set-url", "origin", "../remote.git")
    assert not await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
