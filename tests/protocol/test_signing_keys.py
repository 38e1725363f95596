"""Signing keys as people have them: in an agent, expired, and expiring before the release could be approved."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.ssh_agents import agent as ssh_agent
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release
from tests.protocol.small import Small


def name_key(small: Small, key: str, **keys: object) -> None:
    small.change_policy({"tag": {"key": key, **keys}})
    small.commit("Name a key")


async def test_a_release_is_signed_by_a_key_that_only_an_agent_holds(
    own: Installation, live: Live, short_folder: Path
) -> None:
    file = short_folder / "id"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)])
    with ssh_agent(short_folder, file) as variables:
        file.unlink()
        name_key(live.small, f"key::{file.with_suffix('.pub').read_text().strip()}")
        site = Installation(own.home, own.project, variables)
        async with governed(site) as client:
            released = await release(client, site)
        assert released["state"] == "IDLE", released
        assert "ok   signing: the key of the release tags signs" in site.run("doctor").out
    doctor = site.run("doctor")
    assert doctor.code == 2
    assert "FAIL signing: The signing key " in doctor.out
    assert "@@" not in doctor.out


def run(words: list[str], **variables: str) -> None:
    subprocess.run(words, env={**os.environ, **variables}, check=True, capture_output=True)


@pytest.fixture
def gnupg(short_folder: Path) -> Iterator[dict[str, str]]:
    home = short_folder / "gnupg"
    home.mkdir(mode=0o700)
    yield {"GNUPGHOME": str(home)}
    subprocess.run(["gpgconf", "--kill", "all"], env={**os.environ, "GNUPGHOME": str(home)}, check=False)


async def test_a_key_that_expires_before_the_soak_ends_is_refused_beforehand(
    own: Installation, small: Small, gnupg: dict[str, str]
) -> None:
    words = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key"]
    made = [*words, "Ada <ada@example.org>", "ed25519", "sign", "seconds=1200"]
    run(made, **gnupg)
    small.change_policy({"staging": {"soak": "10m"}})
    name_key(small, "ada@example.org", format="openpgp")
    site = Installation(own.home, own.project, gnupg)
    async with governed(site) as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have an Unusable Signing Key."
    assert ", before a release prepared now could be approved." in agent.text(refused)
    site.stop()
