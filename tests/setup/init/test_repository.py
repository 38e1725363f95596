"""The branch and the remote are the repository's own; what cannot be released from is one clear sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.errors import SentinelError
from sentinel.errors.git import BareRepositoryError, GitFailedError, NoCommitsError, NotARepositoryError
from sentinel.errors.setup import NoBranchCheckedOutError, RepositoryUnusableError, UnfitBranchError
from tests.adapters.repositories import isolated_environ, repository
from tests.setup.init.conftest import Work


def test_releases_are_cut_from_the_branch_that_is_checked_out(work: Work) -> None:
    work.repository.git("switch", "--quiet", "--create", "release/next")
    work.init()
    assert work.policy.project.branch == "release/next"


@pytest.mark.parametrize("branch", ['say-"hi"', "it's", "größe", "#1", "a{b}$c", "[x]"[1:2], "x" * 200])
def test_any_branch_that_a_policy_can_name_is_written(work: Work, branch: str) -> None:
    work.repository.git("switch", "--quiet", "--create", branch)
    work.init()
    assert work.policy.project.branch == branch


@pytest.mark.parametrize("branch", ["x" * 201, "rtl-\u202e", "no\xa0break", "raw-\udcff"])
def test_a_branch_that_no_policy_can_name_is_refused(work: Work, branch: str) -> None:
    work.repository.git("switch", "--quiet", "--create", branch)
    before = work.files()
    with pytest.raises(UnfitBranchError, match=r"git branch -m NAME"):
        work.init()
    assert work.files() == before


def test_a_remote_is_named_only_where_it_is_configured(work: Work) -> None:
    assert '\n# remote = "origin" ' in work.init(print_only=True)
    work.repository.git("remote", "add", "upstream", "https://example.org/shop.git")
    assert '\n# remote = "origin" ' in work.init(print_only=True)
    work.repository.git("remote", "add", "origin", "https://example.org/shop.git")
    work.init()
    assert work.policy.project.remote == "origin"


def test_the_file_goes_to_the_root_of_the_enclosing_repository(work: Work) -> None:
    below = work.root / "src" / "deep"
    below.mkdir(parents=True)
    work.init(below)
    assert work.policy.project.name == "shop"
    assert list(below.iterdir()) == []


def test_a_link_to_the_repository_is_followed(work: Work, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(work.root)
    work.init(tmp_path / "link")
    assert work.policy.project.name == "shop"


def test_a_linked_worktree_has_its_own_branch_also_of_a_repository_that_says_it_is_bare(
    work: Work, tmp_path: Path
) -> None:
    work.repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "tree"))
    work.repository.git("config", "core.bare", "true")
    work.init(tmp_path / "tree")
    text = (tmp_path / "tree" / "sentinel.toml").read_text()
    assert '\nbranch = "other" ' in text
    with pytest.raises(BareRepositoryError):
        work.init()


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    bare = Work(repository(tmp_path / "shop.git", isolated_environ(tmp_path / "home"), "--bare"))
    before = bare.files()
    with pytest.raises(BareRepositoryError, match=r"shop\.git is a bare repository"):
        bare.init()
    assert bare.files() == before


def test_a_folder_outside_of_any_repository_is_refused(work: Work, tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match=r"Run `git init`"):
        work.init(tmp_path / "home")


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    empty = Work(repository(tmp_path / "empty", isolated_environ(tmp_path / "home")))
    with pytest.raises(NoCommitsError):
        empty.init()
    assert empty.files() == {}


def test_a_detached_head_is_refused_with_the_command_that_mends_it(work: Work) -> None:
    work.repository.git("switch", "--quiet", "--detach")
    with pytest.raises(NoBranchCheckedOutError, match=r"Run `git switch BRANCH`"):
        work.init()


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (lambda root: (root / ".git" / "config").write_text("[core\n"), GitFailedError),
        (lambda root: (root / ".git" / "HEAD").write_text("nonsense\n"), GitFailedError),
        (lambda root: (root / ".git" / "HEAD").unlink(), NotARepositoryError),
    ],
)
def test_a_damaged_repository_is_refused(
    work: Work, break_it: Callable[[Path], object], error: type[SentinelError]
) -> None:
    break_it(work.root)
    before = work.files()
    with pytest.raises(error):
        work.init()
    assert work.files() == before


def test_a_folder_that_is_not_there_is_refused(work: Work, tmp_path: Path) -> None:
    with pytest.raises(RepositoryUnusableError, match=r"nowhere cannot be read: No such file or directory\."):
        work.init(work.root / "nowhere")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(RepositoryUnusableError, match=r"loop cannot be read"):
        work.init(loop)
