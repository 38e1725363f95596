"""Commands get a plain environment, so the file names what they need besides on this machine."""

from pathlib import Path

from sentinel.core.policy.model import read_policy
from sentinel.setup.init.survey import Programs, find_programs
from tests.setup.init.conftest import Work

TOOL = "build-the-shop"
POETRY = {"poetry.lock": "", "pyproject.toml": "[tool.poetry]\n[build-system]\n"}


def tool(folder: Path, name: str = TOOL) -> str:
    """Puts a program into `folder`, which is returned as PATH has it."""
    folder.mkdir(parents=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return str(folder)


def test_the_first_folder_with_the_program_is_named_once(tmp_path: Path) -> None:
    first, second = tool(tmp_path / "first"), tool(tmp_path / "second")
    found = find_programs((TOOL, "sh", TOOL), {"PATH": f"/nowhere:{first}:{second}"}, tmp_path / "root")
    assert found == Programs((first,), ())


def test_a_program_of_the_repository_itself_is_none(tmp_path: Path) -> None:
    own = tool(tmp_path / "root" / ".venv" / "bin")
    (tmp_path / "link").symlink_to(own)
    path = f".:root/.venv/bin:{own}:{tmp_path / 'link'}:{tmp_path}/root/../root/.venv/bin"
    assert find_programs((TOOL,), {"PATH": path}, tmp_path / "root") == Programs((), (TOOL,))


def test_a_folder_that_no_policy_can_name_is_passed_over(tmp_path: Path) -> None:
    names = ("raw-\udcff", "escape-\x1b", "long" * 60 + "/" + "long" * 60, "space ")
    path = ":".join(tool(tmp_path / name) for name in names)
    assert find_programs((TOOL,), {"PATH": path}, tmp_path / "root") == Programs((), (TOOL,))
    assert find_programs((TOOL,), {}, tmp_path / "root") == Programs((), (TOOL,))


def test_what_was_found_is_written_and_what_was_not_is_told(work: Work, tmp_path: Path) -> None:
    work.commit(POETRY)
    environ = {"PATH": f"{tool(tmp_path / 'tools', 'poetry')}:{work.repository.environ['PATH']}"}
    places = [find_programs(("poetry", "python3"), each, work.root) for each in (work.repository.environ, environ)]
    assert ("Note: poetry is not on your PATH" in work.init()) == ("poetry" in places[0].absent)
    (work.root / "sentinel.toml").unlink()
    assert "Note: poetry" not in work.init(environ=environ)
    assert work.policy.environment.path == places[1].folders


def test_variables_for_fetching_packages_are_passed_where_they_are_set_and_by_name_alone(work: Work) -> None:
    work.commit(POETRY)
    printed = work.init(
        print_only=True, environ={"https_proxy": "http://me:secret@proxy", "PIP_CERT": "/etc/ca.pem", "NO_PROXY": ""}
    )
    assert read_policy(printed.encode()).environment.passed == ("HOME", "LANG", "https_proxy", "PIP_CERT")
    assert "me:secret" not in printed
