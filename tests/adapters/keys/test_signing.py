"""Keys for release tags, and that anyone can verify with their public half."""

import os
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal

import anyio
import pytest

from sentinel.adapters.keys.tag_key import SigningKey, ensure_key
from sentinel.errors.git import (
    BadTagSignatureError,
    GpgSocketPathTooLongError,
    ProgramMissingError,
    SigningKeyAmbiguousError,
    SigningKeyMissingError,
    SigningKeyUnusableError,
)
from tests.adapters.repositories import Repository, Scene, isolated_environ, scene

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed: OpenPGP is NOT tested")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A user without any configuration."""
    return isolated_environ(tmp_path / "home")


@pytest.fixture
async def openpgp(tmp_path: Path, environ: dict[str, str]) -> AsyncIterator[SigningKey]:
    """The daemon's own OpenPGP key, whose agent is ended after the test."""
    key = await ensure_key(tmp_path / "keys", "openpgp", "", environ=environ)
    yield key
    await key.close()


def keygen(path: Path, passphrase: str = "") -> Path:
    """An ssh key of a person."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path], check=True)
    return path


def gpg(environ: Mapping[str, str], *arguments: str) -> None:
    """Runs gpg as a person would."""
    subprocess.run(["gpg", "--batch", "--quiet", *arguments], env=dict(environ), check=True, capture_output=True)


async def pushed(at: Scene, key: SigningKey) -> Repository:
    """A clone by someone else, after the tag was pushed."""
    commit = await at.fetch()
    tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    await at.mirror.push_tag(at.work.root, "origin", "v1.0.0", tag_object)
    at.work.git("clone", "--quiet", str(at.remote.root), str(at.folder / "clone"))
    return Repository(at.folder / "clone", isolated_environ(at.folder / "another"))


async def test_the_daemons_ssh_key_is_made_once_and_kept_private(tmp_path: Path, environ: dict[str, str]) -> None:
    first = await ensure_key(tmp_path / "keys", "ssh", "", environ=environ)
    secret = tmp_path / "keys" / "signing"
    before = secret.read_bytes()
    assert await ensure_key(tmp_path / "keys", "ssh", "", environ=environ) == first
    assert first.secret == str(secret)
    assert secret.read_bytes() == before
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert first.public.read_text().startswith("ssh-ed25519 ")


async def test_a_making_that_was_interrupted_is_repeated(tmp_path: Path, environ: dict[str, str]) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("signing.partial", "signing.partial.pub", "signing.pub"):
        (folder / name).write_text("half")
    key = await ensure_key(folder, "ssh", "", environ=environ)
    assert sorted(path.name for path in folder.iterdir()) == ["allowed_signers", "lock", "signing", "signing.pub"]
    assert key.public.read_text() != "half"


@pytest.mark.parametrize("format", ["ssh", pytest.param("openpgp", marks=needs_gpg)])
async def test_those_who_need_the_key_at_once_get_the_same_one(
    tmp_path: Path, environ: dict[str, str], format: Literal["ssh", "openpgp"]
) -> None:
    """As a status, which says where the public key is, and an operation that signs."""
    keys: list[SigningKey] = []

    async def need() -> None:
        keys.append(await ensure_key(tmp_path / "k", format, "", environ=environ))

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(need)
    assert keys == 6 * keys[:1]
    await keys[0].close()


async def test_anyone_can_verify_a_pushed_tag_with_the_ssh_public_key(tmp_path: Path) -> None:
    at = scene(tmp_path)
    key = await ensure_key(tmp_path / "keys", "ssh", "", environ=at.work.environ)
    clone = await pushed(at, key)
    assert key.allowed_signers is not None
    clone.git("config", "gpg.format", "ssh")
    clone.git("config", "gpg.ssh.allowedSignersFile", str(key.allowed_signers))
    clone.git("verify-tag", "v1.0.0")


@needs_gpg
async def test_anyone_can_verify_a_pushed_tag_with_the_openpgp_public_key(tmp_path: Path, openpgp: SigningKey) -> None:
    at = scene(tmp_path / "scene")
    clone = await pushed(at, openpgp)
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    person = Repository(clone.root, {**clone.environ, "GNUPGHOME": str(home)})
    gpg(person.environ, "--no-autostart", "--import", str(openpgp.public))
    person.git("verify-tag", "v1.0.0")


@needs_gpg
async def test_the_daemons_openpgp_key_is_made_once_in_a_private_home(
    tmp_path: Path, environ: dict[str, str], openpgp: SigningKey
) -> None:
    assert await ensure_key(tmp_path / "keys", "openpgp", "", environ=environ) == openpgp
    assert openpgp.home is not None
    assert stat.S_IMODE(openpgp.home.stat().st_mode) == 0o700
    assert openpgp.public.read_text().startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert not (Path(environ["HOME"]) / ".gnupg").exists()


@needs_gpg
async def test_a_key_of_the_user_is_found_by_its_id_and_only_it_verifies(
    tmp_path: Path, environ: dict[str, str], openpgp: SigningKey
) -> None:
    users = {**environ, "GNUPGHOME": str(openpgp.home)}
    loopback = ("--pinentry-mode", "loopback", "--passphrase", "")
    gpg(users, *loopback, "--quick-gen-key", "Other <other@example.org>", "ed25519", "sign", "never")
    other = await ensure_key(tmp_path / "other", "openpgp", "other@example.org", environ=users)
    assert other.secret != openpgp.secret
    assert other.home is None
    at = scene(tmp_path / "scene")
    commit = await at.fetch()
    tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", openpgp)
    await at.mirror.verify_tag("v1.0.0", commit, openpgp, tag_object)
    mine = SigningKey("openpgp", other.secret, other.public, home=openpgp.home)
    with pytest.raises(BadTagSignatureError, match="another key"):
        await at.mirror.verify_tag("v1.0.0", commit, mine, tag_object)


@needs_gpg
async def test_an_openpgp_key_that_nobody_has_is_named(
    tmp_path: Path, environ: dict[str, str], openpgp: SigningKey
) -> None:
    users = {**environ, "GNUPGHOME": str(openpgp.home)}
    with pytest.raises(SigningKeyMissingError, match="nobody@example"):
        await ensure_key(tmp_path / "other", "openpgp", "nobody@example.org", environ=users)


@needs_gpg
async def test_an_openpgp_key_id_that_fits_several_keys_is_refused(
    tmp_path: Path, environ: dict[str, str], openpgp: SigningKey
) -> None:
    users = {**environ, "GNUPGHOME": str(openpgp.home)}
    loopback = ("--pinentry-mode", "loopback", "--passphrase", "")
    gpg(users, *loopback, "--quick-gen-key", "Other <other@localhost>", "ed25519", "sign", "never")
    with pytest.raises(SigningKeyAmbiguousError, match="fingerprint"):
        await ensure_key(tmp_path / "other", "openpgp", "localhost", environ=users)


@needs_gpg
@pytest.mark.skipif(Path(f"/run/user/{os.getuid()}").exists(), reason="gpg keeps its socket in /run/user here")
async def test_a_home_too_long_for_a_socket_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(GpgSocketPathTooLongError, match="SENTINEL_HOME"):
        await ensure_key(tmp_path / ("x" * 100), "openpgp", "", environ=environ)


async def test_a_key_of_the_user_is_used_where_it_lies(tmp_path: Path, environ: dict[str, str]) -> None:
    path = keygen(tmp_path / "mine")
    key = await ensure_key(tmp_path / "keys", "ssh", str(path), environ=environ)
    assert key.secret == str(path)
    assert key.public.read_text().split()[:2] == path.with_suffix(".pub").read_text().split()[:2]
    assert not (tmp_path / "keys/signing").exists()


async def test_a_key_that_is_not_there_is_named(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SigningKeyMissingError, match="gone"):
        await ensure_key(tmp_path / "keys", "ssh", str(tmp_path / "gone"), environ=environ)


async def test_a_key_with_a_passphrase_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SigningKeyUnusableError, match="passphrase"):
        await ensure_key(tmp_path / "keys", "ssh", str(keygen(tmp_path / "mine", "secret")), environ=environ)


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError, match="ssh-keygen was not found"):
        await ensure_key(tmp_path / "keys", "ssh", "", environ={"PATH": str(tmp_path)})
