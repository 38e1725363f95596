"""The daemon's own settings: what is wrong is said without quoting a secret."""

from pathlib import Path

import pytest

from sentinel.daemon_file import DaemonFile, read_daemon_file
from sentinel.errors.daemon import DaemonFileError


def test_without_a_file_nobody_is_told(tmp_path: Path) -> None:
    assert read_daemon_file(tmp_path / "daemon.toml") == DaemonFile()


def test_addresses_are_read(tmp_path: Path) -> None:
    file = tmp_path / "daemon.toml"
    file.write_text('[notifications]\naddresses = ["ntfy://topic"]\n')
    assert read_daemon_file(file).notifications.addresses == ("ntfy://topic",)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[notifications", "it is not valid TOML"),
        (b"\xff", "it is not valid TOML"),
        (b'[notifications]\naddresses = "mailto://me:s3cret@example.org"\n', "notifications.addresses"),
        (b'[notifications]\nadresses = ["mailto://me:s3cret@example.org"]\n', "notifications.adresses"),
        (b"[secrets.T]\nprojects = ['a']\n", "secrets.T: value error, exactly one of file, environment, command"),
        (b"[secrets.T]\nprojects = ['a']\nfile = '/s3cret'\nenvironment = 'T'\n", "secrets.T: value error, exactly"),
        (b"[secrets.T]\nfile = '/s3cret'\n", "secrets.T.projects: field required"),
        (b"[secrets.T]\nfile = '/s3cret'\nprojects = []\n", "secrets.T.projects"),
        (b"[secrets.T]\nfile = 's3cret'\nprojects = ['a']\n", "secrets.T.file"),
        (b"[secrets.T]\ncommand = 's3cret'\nprojects = ['a']\n", "secrets.T.command"),
        (b"[secrets.T]\ncredential = '../s3cret'\nprojects = ['a']\n", "secrets.T.credential"),
        (b"[secrets.PATH]\nfile = '/s3cret'\nprojects = ['a']\n", "secrets.PATH"),
        (b"[secrets.SENTINEL_X]\nfile = '/s3cret'\nprojects = ['a']\n", "secrets.SENTINEL_X"),
        (b"[secrets.LD_PRELOAD]\nfile = '/s3cret'\nprojects = ['a']\n", "secrets.LD_PRELOAD"),
        (b"[secrets]\nT = 's3cret'\n", "secrets.T"),
        (b'[notify]\naddresses = ["mailto://me:s3cret@example.org"]\n', "notify"),
    ],
)
def test_a_faulty_file_is_refused_without_its_values(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "daemon.toml"
    file.write_bytes(content)
    with pytest.raises(DaemonFileError) as caught:
        read_daemon_file(file)
    assert fault in caught.value.what
    assert "s3cret" not in str(caught.value)
