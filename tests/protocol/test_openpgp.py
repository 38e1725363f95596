"""A release whose tag is signed with OpenPGP, and verified by anyone who has the public key."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release
from tests.protocol.small import Small

SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\n"


@pytest.fixture
async def remote(site: Installation, live: Live) -> Path:
    """The remote of a project that has been released with an OpenPGP tag."""
    small = live.small
    small.change_policy({"project": {"remote": "origin"}, "tag": {"format": "openpgp"}})
    small.commit("Sign with OpenPGP")
    remote = small.add_remote()
    async with governed(site) as client:
        released = await release(client, site)
        assert released["state"] == "IDLE", released
    return remote


@pytest.mark.requirement("P3.1-tag")
def test_anyone_with_the_public_key_verifies_the_tag(
    remote: Path, site: Installation, small: Small, short_folder: Path
) -> None:
    key = site.run("status", "--json").json["public_key"]
    with _keyring(short_folder / "gnupg", key) as environment:
        verify = ["git", "verify-tag", "v0.1.0"]
        done = subprocess.run(verify, cwd=remote, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Good signature" in done.stderr
    assert small.git("-C", str(remote), "rev-parse", "v0.1.0^{commit}") == small.git("rev-parse", "HEAD")
    assert _agents(site.home) == []


def test_gpg_verifies_the_tag_of_an_export_without_git(remote: Path, site: Installation, short_folder: Path) -> None:
    bundle = short_folder / "bundle"
    assert site.run("audit", "export", "--output", str(bundle)).code == 0
    tag = (bundle / "tags/v0.1.0").read_bytes()
    fetched = subprocess.run(["git", "cat-file", "tag", "v0.1.0"], cwd=remote, capture_output=True, check=True)
    assert fetched.stdout == tag
    payload, begin, armor = tag.partition(SIGNATURE)
    assert b"\nhistory-key sentinel/" in payload
    with _keyring(short_folder / "gnupg", str(bundle / "keys/signing.asc")) as environment:
        status, said = _gpg_verify(payload, begin + armor, short_folder, environment)
        assert status == 0, said
        assert "[GNUPG:] VALIDSIG " in said
        forged = payload.replace(b"\ntag v0.1.0\n", b"\ntag v9.9.9\n")
        status, said = _gpg_verify(forged, begin + armor, short_folder, environment)
    assert forged != payload
    assert (status, "[GNUPG:] BADSIG " in said) == (1, True), said


def _gpg_verify(payload: bytes, armor: bytes, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    signature = folder / "tag.asc"
    signature.write_bytes(armor)
    verify = ["gpg", "--batch", "--status-fd", "1", "--verify", str(signature), "-"]
    done = subprocess.run(verify, env=environment, input=payload, check=False, capture_output=True)
    return done.returncode, done.stdout.decode()


@contextmanager
def _keyring(folder: Path, key: str) -> Iterator[dict[str, str]]:
    """The environment of somebody who has the public key and nothing else of Sentinel's."""
    folder.mkdir(mode=0o700)
    environment = {"PATH": os.environ["PATH"], "GNUPGHOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull}
    try:
        subprocess.run(["gpg", "--batch", "--quiet", "--import", key], env=environment, check=True)
        yield environment
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True)


def _agents(home: Path) -> list[str]:
    """The processes of gpg that keep a key of this installation in memory."""
    listing = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    return [line for line in listing.splitlines() if "gpg-agent" in line and str(home) in line]
