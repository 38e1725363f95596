"""A release whose tag is signed with OpenPGP, and verified by anyone who has the public key."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release


@pytest.mark.requirement("P3.1-tag")
async def test_anyone_with_the_public_key_verifies_the_tag(site: Installation, live: Live, short_folder: Path) -> None:
    small = live.small
    small.change_policy({"project": {"remote": "origin"}, "tag": {"format": "openpgp"}})
    small.commit("Sign with OpenPGP")
    remote = small.add_remote()
    async with governed(site) as client:
        released = await release(client, site)
        assert released["state"] == "IDLE", released
    key = site.run("status", "--json").json["public_key"]

    status, said = _verify_tag(remote, key, short_folder / "gnupg")
    assert status == 0, said
    assert "Good signature" in said
    assert small.git("-C", str(remote), "rev-parse", "v0.1.0^{commit}") == small.git("rev-parse", "HEAD")
    assert _agents(site.home) == []


def _verify_tag(repository: Path, key: str, keyring: Path) -> tuple[int, str]:
    """What `git verify-tag` says to somebody who has the public key and nothing else of Sentinel's."""
    keyring.mkdir(mode=0o700)
    environment = {"PATH": os.environ["PATH"], "GNUPGHOME": str(keyring), "GIT_CONFIG_GLOBAL": os.devnull}
    try:
        subprocess.run(["gpg", "--batch", "--quiet", "--import", key], env=environment, check=True)
        verify = ["git", "verify-tag", "v0.1.0"]
        done = subprocess.run(verify, cwd=repository, env=environment, check=False, capture_output=True, text=True)
        return done.returncode, done.stderr
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True)


def _agents(home: Path) -> list[str]:
    """The processes of gpg that keep a key of this installation in memory."""
    listing = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    return [line for line in listing.splitlines() if "gpg-agent" in line and str(home) in line]
