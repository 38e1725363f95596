"""Keys that an ssh agent holds, and the reasons of keys that cannot sign, or can no longer."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sentinel.adapters.keys.tag_key import SigningKey, Tools, ensure_key, expiry, refusal
from sentinel.errors.git import SigningKeyMissingError, SigningKeyUnusableError, TagKeyEndedError, TagNotSignedError
from tests.adapters.repositories import isolated_environ, scene
from tests.adapters.ssh_agents import agent

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed: OpenPGP is NOT tested")
SECONDS = 60.0
PHRASE = "a long one"


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="k-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def keygen(path: Path, *, kind: str = "ed25519", passphrase: str = "") -> str:
    """A person's ssh key; its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "ada@laptop", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


FORMS = {
    "a file": lambda file, _: str(file),
    "the key itself": lambda _, public: f"key::{public}",
    "without its comment": lambda _, public: f"key::{' '.join(public.split()[:2])}",
    "as git took it before": lambda _, public: public,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
async def test_a_key_that_only_an_agent_holds_signs_a_tag(short: Path, form: object, kind: str) -> None:
    assert callable(form)
    public = keygen(short / "id", kind=kind)
    with agent(short, short / "id") as variables:
        (short / "id").unlink()
        environ = {**isolated_environ(short / "home"), **variables}
        at = scene(short / "with", variables)
        key = await ensure_key(short / "keys", "ssh", str(form(short / "id.pub", public)), environ=environ)
        commit = await at.fetch()
        tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", key)
        await at.mirror.verify_tag("v1.0.0", commit, key, tag_object)
        assert refusal(key, Tools(environ)) is None
    reason = refusal(key, Tools(environ))
    assert reason
    assert "@" not in reason


async def test_a_key_with_a_passphrase_signs_where_the_agent_has_it(short: Path) -> None:
    keygen(short / "id", passphrase=PHRASE)
    environ = isolated_environ(short / "home")
    with pytest.raises(SigningKeyUnusableError, match="passphrase"):
        await ensure_key(short / "keys", "ssh", str(short / "id"), environ=environ)
    with agent(short, short / "id", passphrase=PHRASE) as variables:
        key = await ensure_key(short / "keys", "ssh", str(short / "id"), environ={**environ, **variables})
        assert refusal(key, Tools({**environ, **variables})) is None


async def test_a_file_that_others_can_read_is_said_without_a_banner(short: Path) -> None:
    keygen(short / "id")
    (short / "id").chmod(0o644)
    with pytest.raises(SigningKeyUnusableError) as refused:
        await ensure_key(short / "keys", "ssh", str(short / "id"), environ=isolated_environ(short / "home"))
    assert "Permissions 0644 for " in refused.value.what
    assert "@@" not in refused.value.what


@pytest.mark.parametrize(
    "key", ["key::", "key::ssh-ed25519", "key::ssh-ed25519 short", "/no/such.pub", "key::rm -rf x"]
)
async def test_what_is_no_key_is_said_to_be_missing(short: Path, key: str) -> None:
    with pytest.raises(SigningKeyMissingError):
        await ensure_key(short / "keys", "ssh", key, environ=isolated_environ(short / "home"))


def gpg_key(environ: Mapping[str, str], *options: str, passphrase: str = "", expire: str = "never") -> None:
    words = ["gpg", "--batch", "--quiet", *options, "--pinentry-mode", "loopback", "--passphrase", passphrase]
    words += ["--quick-gen-key", "Ada <ada@example.org>", "ed25519", "sign", expire]
    subprocess.run(words, env=dict(environ), check=True, capture_output=True)


@pytest.fixture
def environ(short: Path) -> Iterator[dict[str, str]]:
    home = short / "gnupg"
    home.mkdir(mode=0o700)
    environ = {**isolated_environ(short / "home"), "GNUPGHOME": str(home)}
    yield environ
    end_agent(environ)


def end_agent(environ: Mapping[str, str]) -> None:
    subprocess.run(["gpgconf", "--kill", "all"], env=dict(environ), check=False, capture_output=True)


async def signing(short: Path, environ: dict[str, str]) -> SigningKey:
    return await ensure_key(short / "keys", "openpgp", "ada@example.org", environ=environ)


@needs_gpg
async def test_an_expired_key_is_called_so(short: Path, environ: dict[str, str]) -> None:
    gpg_key(environ, "--faked-system-time", "20200101T000000", expire="1d")
    key = await signing(short, environ)
    assert refusal(key, Tools(environ)) == "it expired on 2020-01-02 00:00 UTC"
    end = expiry(key, Tools(environ))
    assert end is not None
    assert f"{end:%Y-%m-%d}" == "2020-01-02"
    at = scene(short / "scene", {"GNUPGHOME": environ["GNUPGHOME"]})
    with pytest.raises(TagNotSignedError) as refused:
        await at.mirror.sign_tag("v1.0.0", await at.fetch(), "first", key)
    assert refused.value.what == "The tag v1.0.0 could not be signed: it expired on 2020-01-02 00:00 UTC."


@needs_gpg
async def test_a_key_with_a_passphrase_says_that_nobody_is_there_to_type_it(
    short: Path, environ: dict[str, str]
) -> None:
    gpg_key(environ, passphrase=PHRASE)
    end_agent(environ)
    (short / "gnupg" / "gpg-agent.conf").write_text("pinentry-program /no/such/pinentry\n")
    reason = refusal(await signing(short, environ), Tools(environ))
    assert reason is not None
    assert reason.startswith("gpg says: ")
    assert reason.endswith("it asks for a passphrase, and nobody is there to type it")


@needs_gpg
async def test_a_key_that_never_expires_has_no_end(short: Path, environ: dict[str, str]) -> None:
    gpg_key(environ)
    key = await signing(short, environ)
    assert (refusal(key, Tools(environ)), expiry(key, Tools(environ))) == (None, None)


@needs_gpg
async def test_a_tag_whose_key_has_expired_since_is_no_tampering(short: Path, environ: dict[str, str]) -> None:
    gpg_key(environ, expire="seconds=4")
    key = await signing(short, environ)
    at = scene(short / "scene", {"GNUPGHOME": environ["GNUPGHOME"]})
    commit = await at.fetch()
    tag_object = await at.mirror.sign_tag("v1.0.0", commit, "first", key)
    with pytest.raises(TagKeyEndedError) as ended:
        await _until_it_fails(lambda: at.mirror.verify_tag("v1.0.0", commit, key, tag_object))
    assert ended.value.what.startswith("The tag v1.0.0 is signed with the project's key, but that key has expired")
    assert f"gpg --quick-set-expire {key.secret} 1y" in ended.value.fix


async def _until_it_fails(verify: object) -> None:
    assert callable(verify)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        await verify()
