"""The closure deletes merged branches and nothing else."""

import os

from sentinel.core.values.git import BranchCleanup
from tests.adapters.repositories import Scene

UNMERGED = "it is not merged into the release; a squash merge cannot be told"


def branch(at: Scene, name: str, *, merged: bool = True, pushed: bool = False) -> str:
    """A branch with one commit of its own; returns its tip."""
    at.work.git("switch", "--quiet", "-c", name, "main")
    tip = at.work.commit(name)
    at.work.git("switch", "--quiet", "main")
    if merged:
        at.work.git("merge", "--quiet", "--no-ff", "-m", f"merge {name}", name)
    if pushed:
        at.work.git("push", "--quiet", "origin", name)
    return tip


async def clean(at: Scene, *patterns: str, remote: str | None = None) -> BranchCleanup:
    """Cleans up after a release of main."""
    commit = await at.fetch(None)
    return await at.worktree.delete_merged_branches(patterns or ("feature/*",), "main", commit, remote)


def branches(at: Scene) -> list[str]:
    """The branches of the working copy."""
    return at.work.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()


async def test_merged_branches_are_deleted_and_others_kept(at: Scene) -> None:
    branch(at, "feature/done")
    branch(at, "feature/open", merged=False)
    branch(at, "bugfix/done")
    cleanup = await clean(at)
    assert cleanup == BranchCleanup(("feature/done",), (), (("feature/open", UNMERGED),))
    assert branches(at) == ["bugfix/done", "feature/open", "main"]
    assert (await clean(at)).deleted == ()


async def test_the_release_branch_is_never_deleted(at: Scene) -> None:
    at.work.git("switch", "--quiet", "-c", "elsewhere")
    at.work.git("branch", "-f", "main", "elsewhere")
    commit = await at.mirror.fetch(at.work.root, "elsewhere", None)
    cleanup = await at.worktree.delete_merged_branches(("*",), "main", commit, "origin")
    assert cleanup.deleted == cleanup.remote_deleted == ()
    assert ("main", "it is the release branch") in cleanup.kept
    assert ("origin/main", "it is the release branch") in cleanup.kept


async def test_a_branch_in_use_by_a_worktree_is_kept_here_and_there(at: Scene) -> None:
    branch(at, "feature/used", pushed=True)
    at.work.git("worktree", "add", "--quiet", "../linked", "feature/used")
    cleanup = await clean(at, remote="origin")
    assert cleanup.kept == (("feature/used", "a worktree uses it"), ("origin/feature/used", "a worktree uses it"))
    assert "feature/used" in branches(at)


async def test_a_branch_that_is_being_rebased_is_kept(at: Scene) -> None:
    branch(at, "feature/rebased")
    at.work.git("switch", "--quiet", "feature/rebased")
    at.work.git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "--quiet", "-i", "--root", check=False)
    at.work.git("worktree", "add", "--quiet", "--force", "../main", "main")
    commit = await at.mirror.fetch(at.folder / "main", "main", None)
    cleanup = await at.worktree.delete_merged_branches(("feature/*",), "main", commit, None)
    assert cleanup.kept == (("feature/rebased", "a worktree uses it"),)


async def test_a_symbolic_branch_does_not_lead_to_the_release_branch(at: Scene) -> None:
    at.work.git("symbolic-ref", "refs/heads/feature/main", "refs/heads/main")
    cleanup = await clean(at)
    assert cleanup.kept == (("feature/main", "it is a symbolic name"),)
    assert "main" in branches(at)


async def test_branches_on_the_remote_are_judged_by_their_own_tip(at: Scene) -> None:
    branch(at, "feature/done", pushed=True)
    tip = branch(at, "feature/grown", pushed=True)
    other = at.remote.git("commit-tree", "-m", "later", "-p", tip, f"{tip}^{{tree}}")
    at.remote.git("update-ref", "refs/heads/feature/grown", other)
    cleanup = await clean(at, remote="origin")
    assert cleanup.deleted == ("feature/done", "feature/grown")
    assert cleanup.remote_deleted == ("feature/done",)
    assert cleanup.kept == (("origin/feature/grown", UNMERGED),)
    assert at.remote.git("for-each-ref", "--format=%(refname:short)") == "feature/grown\nmain"


async def test_a_remote_that_does_not_answer_does_not_stop_the_cleanup(at: Scene) -> None:
    branch(at, "feature/done")
    at.work.git("remote", "set-url", "origin", str(at.folder / "gone.git"))
    cleanup = await clean(at, remote="origin")
    assert cleanup.deleted == ("feature/done",)
    assert [name for name, _ in cleanup.kept] == ["origin"]


async def test_names_that_look_like_options_are_only_names(at: Scene) -> None:
    at.work.git("update-ref", "refs/heads/-rf", "HEAD")
    at.work.git("update-ref", "refs/heads/--force", "HEAD")
    assert (await clean(at, "-*")).deleted == ("--force", "-rf")


ODD = (
    b"feature/caf\xe9",
    "feature/one\u2028two".encode(),
    b"feature/\xc2\x85next",
    b"feature/$(id)",
    b"feature/a'b",
)


async def test_branches_are_deleted_whatever_bytes_their_names_have(at: Scene) -> None:
    for repository in (at.work, at.remote):
        for name in ODD:
            repository.git("update-ref", os.fsdecode(b"refs/heads/" + name), at.work.head)
    cleanup = await clean(at, remote="origin")
    shown = (r"feature/\x85next", "feature/$(id)", "feature/a'b", r"feature/caf\xe9", r"feature/one\u2028two")
    assert sorted(cleanup.deleted) == sorted(cleanup.remote_deleted) == sorted(shown)
    assert cleanup.kept == ()
    assert branches(at) == ["main"]


async def test_odd_names_of_what_is_kept_are_escaped(at: Scene) -> None:
    branch(at, "feature/open", merged=False)
    at.work.git("branch", "--move", "feature/open", os.fsdecode(b"feature/caf\xe9"))
    assert (await clean(at)).kept == ((r"feature/caf\xe9", UNMERGED),)


async def test_tags_with_odd_names_are_taken_into_a_checkout(at: Scene) -> None:
    at.work.git("update-ref", os.fsdecode(b"refs/tags/caf\xe9"), at.work.head)
    at.work.git("tag", "one\u2028two")
    await at.mirror.checkout(await at.fetch(), at.folder / "build")
    listed = at.work.git("-C", str(at.folder / "build"), "for-each-ref", "--format=%(objectname)", "refs/tags")
    assert listed.split("\n") == [at.work.head] * 2
    assert len((await at.mirror.tag_names(at.work.head)).elsewhere) == 2
