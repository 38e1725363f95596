"""The environment of a command: only what the policy names, and nothing of the daemon's own."""

from pathlib import Path

import pytest

from sentinel.adapters.environment import SIZE_LIMIT, build_environment, read_environment_file
from sentinel.core.policy.model import Environment
from sentinel.errors.command import EnvironmentFileError, EnvironmentFileMissingError

DAEMON = {
    "HOME": "/home/x",
    "LANG": "C.UTF-8",
    "TOKEN": "t",
    "PATH": "/opt/daemon",
    "LD_PRELOAD": "/x.so",
    "SENTINEL_HOME": "/state",
    "SENTINEL_DATABASE_URL": "postgresql://u:secret@db",
}
MINIMAL = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "common.env"
    file.write_bytes(text.encode())
    return file


def test_without_a_policy_there_is_only_a_minimal_path() -> None:
    assert build_environment((), {}, DAEMON).variables == {"PATH": MINIMAL}


def test_variables_are_passed_by_name_and_the_path_is_extended() -> None:
    environment = Environment(passed=("HOME", "ABSENT", "LD_PRELOAD"), path=("/opt/a", "/opt/b"))
    built = build_environment((environment,), {}, DAEMON)
    assert built.variables == {"HOME": "/home/x", "LD_PRELOAD": "/x.so", "PATH": f"/opt/a:/opt/b:{MINIMAL}"}


def test_the_daemons_own_settings_and_path_never_leak_even_by_name() -> None:
    environment = Environment(passed=("SENTINEL_HOME", "SENTINEL_DATABASE_URL", "PATH"))
    assert build_environment((environment,), {}, DAEMON).variables == {"PATH": MINIMAL}


def test_the_variables_of_a_step_win_over_the_files_and_production_over_the_rest(tmp_path: Path) -> None:
    common = Environment(
        passed=("TOKEN",), path=("/a",), env_file=str(written(tmp_path, "A=file\nB=file\nTOKEN=file\n"))
    )
    (tmp_path / "production.env").write_text("B=production\nC=production\n")
    production = Environment(path=("/p",), env_file=str(tmp_path / "production.env"))
    built = build_environment((common, production), {"C": "step"}, DAEMON)
    assert built.filed == {common.env_file: ("file", "file", "file"), production.env_file: ("production", "production")}
    assert built.variables == {"A": "file", "B": "production", "C": "step", "TOKEN": "file", "PATH": f"/p:/a:{MINIMAL}"}


def test_a_file_may_have_comments_quotes_exports_and_empty_values(tmp_path: Path) -> None:
    text = "# comment\r\n\r\nA=1\r\nexport B='two words'\nC=\"it's\"\nD=\nE=a=b # c\nF=ü\u2028x\n"
    expected = {"A": "1", "B": "two words", "C": "it's", "D": "", "E": "a=b # c", "F": "ü\u2028x"}
    assert read_environment_file(written(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no assignment", "this is not NAME=value"),
        ("1A=x", "this is not NAME=value"),
        ("A ='x'", "this is not NAME=value"),
        ("A='secret", "not closed"),
        ('A="', "not closed"),
        ("A=secret\0", "NUL"),
        ("LD_PRELOAD=/secret.so", "LD_PRELOAD makes programs load"),
        ("SENTINEL_DATABASE_URL=secret", "reserved for Sentinel"),
        ("PATH=/secret", "PATH comes from"),
    ],
)
def test_a_bad_line_is_named_by_number_and_never_shown(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(EnvironmentFileError) as raised:
        read_environment_file(written(tmp_path, f"A=1\n\n{line}\n"))
    assert "common.env, line 3: " in raised.value.what
    assert fault in raised.value.what
    assert "secret" not in str(raised.value)


def test_a_file_that_is_missing_or_huge_or_binary_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileMissingError, match="No such file"):
        read_environment_file(tmp_path / "missing")
    with pytest.raises(EnvironmentFileMissingError, match="larger than"):
        read_environment_file(written(tmp_path, "#" * (SIZE_LIMIT + 1)))
    (tmp_path / "binary").write_bytes(b"A=\xff\n")
    with pytest.raises(EnvironmentFileMissingError, match="not UTF-8"):
        read_environment_file(tmp_path / "binary")
