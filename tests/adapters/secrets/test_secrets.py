"""Secrets from where daemon.toml says that they are: read when they are used, and hidden from then on."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sentinel.adapters import secrets as secret_store
from sentinel.adapters.secrets import REMEMBERED, SIZE_LIMIT, SecretStore
from sentinel.core.access.secrets import SecretSource
from sentinel.core.policy.model import read_policy
from sentinel.errors.command import SecretNotAllowedError, SecretUnfitError, SecretUnreadableError, UnknownSecretError
from tests.core.policies import with_value

VALUE = "pa55-of-production"
ENVIRON = {"TOKEN": VALUE, "PATH": os.environ["PATH"], "SENTINEL_DATABASE_URL": "postgresql://"}


def store(environ: Mapping[str, str] = ENVIRON, **source: Any) -> SecretStore:
    given = SecretSource.model_validate({"projects": ["shop"], **source})
    return SecretStore({"TOKEN": given}, environ)


async def value(secrets: SecretStore) -> str:
    return (await secrets.values("shop", ["TOKEN"]))["TOKEN"]


def private(tmp_path: Path, content: bytes, mode: int = 0o600) -> str:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(mode)
    return str(file)


def prints(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_a_secret_comes_from_each_of_its_sources_without_the_line_end(tmp_path: Path) -> None:
    file = private(tmp_path, f"{VALUE}\n".encode())
    (tmp_path / "link").symlink_to(file)
    assert await value(store(file=file)) == VALUE
    assert await value(store(file=str(tmp_path / "link"))) == VALUE
    assert await value(store(environment="TOKEN")) == VALUE
    assert await value(store(command=["printenv", "TOKEN"])) == VALUE
    assert await value(store({"CREDENTIALS_DIRECTORY": str(tmp_path)}, credential="token")) == VALUE


async def test_a_secret_of_several_lines_keeps_them(tmp_path: Path) -> None:
    assert await value(store(file=private(tmp_path, b"-----BEGIN\n12345678\n-----END\n"))) == (
        "-----BEGIN\n12345678\n-----END"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o620])
async def test_a_file_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SecretUnreadableError, match=r"open to other users of the machine; `chmod 600` closes it\."):
        await value(store(file=private(tmp_path, VALUE.encode(), mode)))


async def test_a_command_gets_nothing_of_the_daemons_own_settings_and_no_input() -> None:
    code = "import os, sys; print('own:', [n for n in os.environ if n[:9] == 'SENTINEL_'], repr(sys.stdin.read()))"
    assert await value(store(command=prints(code))) == "own: [] ''"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"file": "/nonexistent"}, "No such file or directory"),
        ({"file": "/dev/null"}, "it is not a regular file"),
        ({"environment": "ABSENT"}, "the daemon was started without the variable ABSENT"),
        ({"credential": "token"}, "the daemon was started without credentials of systemd"),
        ({"command": ["/nonexistent/program"]}, "No such file or directory"),
        ({"command": prints(f"import sys; sys.exit('{VALUE}')")}, "its command ended with exit code 1"),
        ({"command": prints("print('x' * 100_000)")}, f"its command printed more than {SIZE_LIMIT} bytes"),
    ],
)
async def test_a_source_that_gives_nothing_is_named_with_the_reason_and_without_a_value(
    source: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SecretUnreadableError) as caught:
        await value(store(**source))
    assert caught.value.what.startswith(f"The secret TOKEN cannot be read: {reason}")
    assert VALUE not in str(caught.value)


async def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretUnreadableError, match=f"larger than {SIZE_LIMIT} bytes"):
        await value(store(file=private(tmp_path, b"x" * (SIZE_LIMIT + 1))))


async def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_store, "COMMAND_SECONDS", 0.2)
    with pytest.raises(SecretUnreadableError, match=r"its command did not end within 0\.2 s"):
        await value(store(command=["sleep", "60"]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"short", "it has no line of 8 characters"),
        (b"", "it has no line of 8 characters"),
        (b" " * 20, "it has no line of 8 characters"),
        (b"a\nb\nc\nd\ne\nf\n", "it has no line of 8 characters"),
        (b"12345678\0", "it contains a NUL character"),
        (b"\xff" * 10, "it is not UTF-8"),
    ],
)
async def test_a_value_that_cannot_be_a_variable_or_be_masked_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(SecretUnfitError, match=reason):
        await value(store(file=private(tmp_path, content)))


async def test_only_the_projects_of_a_secret_have_it() -> None:
    secrets = store(environment="TOKEN")
    with pytest.raises(SecretNotAllowedError, match="which the project another may not use"):
        await secrets.values("another", ["TOKEN"])
    with pytest.raises(UnknownSecretError, match="which this daemon does not have"):
        await secrets.values("shop", ["OTHER"])


async def test_what_was_read_is_hidden_and_so_is_what_it_was_before(tmp_path: Path) -> None:
    secrets = store(file=private(tmp_path, b"value-number-0"))
    assert secrets.mask("value-number-0") == "value-number-0"
    for number in range(REMEMBERED + 1):
        private(tmp_path, f"value-number-{number}".encode())
        assert await value(secrets) == f"value-number-{number}"
    shown = secrets.mask(" ".join(f"value-number-{number}" for number in range(REMEMBERED + 1)))
    assert shown == " ".join(("value-number-0", *["***"] * REMEMBERED))


async def test_a_daemon_learns_every_secret_and_one_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    good = SecretSource(projects=("shop",), environment="TOKEN")
    bad = SecretSource(projects=("shop",), file=str(tmp_path / "absent"))
    secrets = SecretStore({"ABSENT": bad, "TOKEN": good}, ENVIRON)
    await secrets.learn()
    assert secrets.mask(f"is {VALUE}") == "is ***"


async def test_what_an_environment_file_had_stays_hidden_and_what_the_policy_says_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "production.env"
    rules = read_policy(with_value("production.environment.env_file", str(file)))
    secrets = SecretStore({}, ENVIRON)
    await secrets.learn_files(rules)
    for value in ("value-number-0", "value-number-1"):
        file.write_text(f"PASSWORD={value}\nSTAGE=production\nSHORT=a\n")
        await secrets.learn_files(rules)
    assert secrets.mask("value-number-0 value-number-1 production a") == "*** *** production a"
    file.write_text("no assignment")
    await secrets.learn_files(rules)
    assert secrets.mask("value-number-1") == "***"
