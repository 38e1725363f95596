"""What is written is complete and new; what was there stays, and nothing is written through a link."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.core.candidate.changelog import parse_changelog
from sentinel.core.candidate.checklist import parse_checklist
from sentinel.core.policy.pinning import named_paths
from sentinel.errors.setup import PathInTheWayError, PolicyExistsError, RepositoryUnusableError
from sentinel.setup.install import CLIENTS
from tests.adapters.repositories import isolated_environ, repository
from tests.setup.init.conftest import Work

SCRIPTS = ("deploy/production.sh", "deploy/rollback.sh", "deploy/smoke.sh", "deploy/staging.sh")
WRITTEN = {"sentinel.toml", "SPRINT.md", "CHANGELOG.md", *SCRIPTS}
NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may do everything; for a while the test runs as somebody who may not."""
    user = os.geteuid()
    os.seteuid(NOBODY if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_work() -> Iterator[Work]:
    """A repository in a place that every user can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = repository(folder / "shop", isolated_environ(folder / "home"))
        made.commit("first", README="A project.\n")
        yield Work(made)
        (folder / "shop").chmod(0o755)


def test_everything_that_the_policy_names_is_there_and_the_report_tells_what_is_next(work: Work) -> None:
    said = work.init()
    assert work.files().keys() == WRITTEN | {"README"}
    assert set(named_paths(work.policy)) >= set(SCRIPTS)
    assert (work.policy.sprint.file, work.policy.changelog.file) == ("SPRINT.md", "CHANGELOG.md")
    assert all(f"  {name} " in said for name in WRITTEN)
    order = [
        said.index(step) for step in ("CHANGE THIS", "git add ", "git commit", "sentinel trust", "sentinel install")
    ]
    assert order == sorted(order)
    assert f"CLIENT is one of {', '.join(CLIENTS)}." in said


def run_told_commands(work: Work, said: str) -> None:
    commands = [line.strip().removeprefix("2. ") for line in said.splitlines() if " git " in line]
    subprocess.run(
        ["/bin/sh", "-ec", "\n".join(commands)], cwd=work.root, env=dict(work.repository.environ), check=True
    )


def test_the_commands_that_are_told_commit_all_of_it(work: Work) -> None:
    run_told_commands(work, work.init())
    assert work.repository.git("status", "--porcelain") == ""
    modes = work.repository.git("ls-files", "--stage", "--", *SCRIPTS).splitlines()
    assert [line.partition(" ")[0] for line in modes] == ["100755"] * len(SCRIPTS)


def test_the_commands_that_are_told_also_push_to_the_remote_that_the_policy_names(work: Work, tmp_path: Path) -> None:
    remote = tmp_path / "shop.git"
    work.repository.git("init", "--quiet", "--bare", str(remote))
    work.repository.git("remote", "add", "origin", str(remote))
    work.repository.git("checkout", "--quiet", "-b", "release's")
    run_told_commands(work, work.init())
    assert work.policy.project.remote == "origin"
    assert work.repository.git("ls-remote", "origin", "release's").split()[0] == work.repository.git(
        "rev-parse", "HEAD"
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_starter_script_fails_and_says_that_it_has_to_be_filled_in(work: Work, name: str) -> None:
    work.init()
    variables = {
        "SENTINEL_VERSION": "1.2.0",
        "SENTINEL_PREVIOUS_VERSION": "1.1.0",
        "SENTINEL_URL": "http://127.0.0.1:8001",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", name],
        cwd=work.root,
        env={"PATH": os.defpath, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} is not filled in yet: it has to ")


def test_the_starter_documents_block_a_release_until_they_are_filled_in(work: Work) -> None:
    work.init()
    assert len(parse_checklist((work.root / "SPRINT.md").read_text()).open) == 1
    changelog = parse_changelog((work.root / "CHANGELOG.md").read_text())
    assert changelog.unreleased is not None
    assert changelog.unreleased.entries == ()


def test_print_only_prints_the_file_that_would_be_written(work: Work) -> None:
    before = work.files()
    printed = work.init(print_only=True)
    assert work.files() == before
    work.init()
    assert f"{printed}\n" == (work.root / "sentinel.toml").read_text()
    assert work.init(print_only=True) == printed


def test_an_existing_policy_is_never_overwritten(work: Work) -> None:
    work.commit({"sentinel.toml": "mine"})
    before = work.files()
    with pytest.raises(PolicyExistsError, match=r"shop/sentinel\.toml already exists.* move it away"):
        work.init()
    assert work.files() == before


def test_existing_files_stay_and_are_told(work: Work) -> None:
    work.commit({"deploy/staging.sh": "#!/bin/sh\necho mine\n", "deploy/smoke.sh": "mine", "CHANGELOG.md": "# Mine\n"})
    before = work.files()
    said = work.init()
    assert before.items() <= work.files().items()
    assert "Unchanged: deploy/staging.sh, deploy/smoke.sh, CHANGELOG.md.\n" in said
    assert said.count("is not executable") == 1
    assert "Note: deploy/smoke.sh is not executable: run `chmod +x deploy/smoke.sh`." in said
    assert "git add sentinel.toml deploy/production.sh deploy/rollback.sh SPRINT.md\n" in said


def test_documents_that_are_spelt_otherwise_are_used(work: Work) -> None:
    work.commit({"Changelog.md": "# Mine\n", "sprint.md": "- [x] done\n"})
    work.init()
    assert (work.policy.sprint.file, work.policy.changelog.file) == ("sprint.md", "Changelog.md")
    assert work.files().keys() == {"sentinel.toml", "README", "Changelog.md", "sprint.md", *SCRIPTS}


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", ["sentinel.toml", "deploy", "deploy/smoke.sh", "SPRINT.md", "CHANGELOG.md"])
def test_nothing_is_written_through_a_link(work: Work, tmp_path: Path, name: str, *, inside: bool) -> None:
    target = (work.root if inside else tmp_path) / "target"
    place = work.root / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(target)
    before = work.files()
    with pytest.raises((PathInTheWayError, PolicyExistsError)):
        work.init()
    assert work.files() == before
    assert not target.exists()


def test_a_link_to_a_folder_elsewhere_is_not_entered(work: Work, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (work.root / "deploy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PathInTheWayError, match=r"deploy is a symbolic link, where a release needs a folder\."):
        work.init()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_manifest_that_leads_out_of_the_repository_is_not_read(work: Work, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{")
    (work.root / "package.json").symlink_to(tmp_path / "package.json")
    (work.root / "Makefile").symlink_to("Makefile")
    os.mkfifo(work.root / "pyproject.toml")
    said = work.init()
    assert "not valid JSON" not in said
    assert work.policy.build.setup == "npm install"


def test_something_else_in_the_way_is_named(work: Work) -> None:
    work.commit({"deploy": "a script of that name"})
    with pytest.raises(PathInTheWayError, match=r"deploy is a file, .* Nothing was written\."):
        work.init()
    (work.root / "deploy").unlink()
    os.mkfifo(work.root / "SPRINT.md")
    with pytest.raises(PathInTheWayError, match=r"SPRINT\.md is a special file"):
        work.init()
    assert work.files().keys() == {"README"}


def test_a_read_only_folder_is_one_clear_sentence(open_work: Work) -> None:
    open_work.init(print_only=True)
    open_work.root.chmod(0o555)
    with without_privileges(), pytest.raises(RepositoryUnusableError, match=r"written to: Permission denied\. Nothing"):
        open_work.init()
    assert open_work.files().keys() == {"README"}


@pytest.mark.parametrize("name", [".", "deploy"])
def test_an_unreadable_folder_is_one_clear_sentence(open_work: Work, name: str) -> None:
    open_work.init(print_only=True)
    folder = open_work.root / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0)
    with without_privileges(), pytest.raises(RepositoryUnusableError, match=r"cannot be read: Permission denied\."):
        open_work.init()
    folder.chmod(0o755)
    assert open_work.files().keys() == {"README"}


def test_a_full_disk_leaves_nothing_behind(work: Work) -> None:
    """A limit of file sizes stands in for the disk: the kernel refuses in the middle of the first larger file."""
    work.init(print_only=True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(RepositoryUnusableError, match=r"cannot be written to: File too large\. Nothing"):
            work.init()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert work.files().keys() == {"README"}
    assert not (work.root / "deploy").exists()
