"""The clean tree (protocol 1.1): what is released is what is committed, whatever git is told to overlook."""

from collections.abc import Callable

import pytest

from tests.protocol.gating import blocked
from tests.protocol.installation import Installation
from tests.protocol.small import Small


def edit_a_tracked_file(small: Small) -> None:
    small.write("SPRINT.md", "- [x] The first task\n- [x] Another\n")


def add_a_file(small: Small) -> None:
    small.write("new.txt", "new\n")


def edit_behind_assume_unchanged(small: Small) -> None:
    small.git("update-index", "--assume-unchanged", "CHANGELOG.md")
    small.write("CHANGELOG.md", "# Changelog\n")


def edit_behind_skip_worktree(small: Small) -> None:
    small.git("update-index", "--skip-worktree", "CHANGELOG.md")
    small.write("CHANGELOG.md", "# Changelog\n")


def stage_a_file(small: Small) -> None:
    small.write("new.txt", "new\n")
    small.git("add", "new.txt")


@pytest.mark.requirement("P1.1-clean-tree")
@pytest.mark.parametrize(
    "change",
    [edit_a_tracked_file, add_a_file, stage_a_file, edit_behind_assume_unchanged, edit_behind_skip_worktree],
)
async def test_a_working_tree_that_is_not_the_last_commit_blocks(
    site: Installation, small: Small, change: Callable[[Small], None]
) -> None:
    assert await blocked(site, lambda: change(small)) == "Release Blocked. You have a Dirty Git Tree."


async def test_what_git_ignores_blocks_nothing(site: Installation, small: Small) -> None:
    small.write(".gitignore", "*.log\n")
    small.commit("Ignore logs")
    assert (await blocked(site, lambda: small.write("today.log", "noise\n"))).startswith("Release candidate")


async def test_what_a_sparse_checkout_leaves_out_blocks_nothing(site: Installation, small: Small) -> None:
    small.write("docs/page.md", "A page.\n")
    small.commit("Document it")

    def leave_out() -> None:
        small.git("sparse-checkout", "set", "--cone", "deploy")
        assert not (small.root / "docs").exists()

    assert (await blocked(site, leave_out)).startswith("Release candidate")
