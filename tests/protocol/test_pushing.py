"""A push that is bound to fail is found out before a person is asked, and one that fails all the same costs no yes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.git_http import GitServer, git_server
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.meddling import prepare_for
from tests.protocol.releasing import confirm, governed, history
from tests.protocol.small import Small
from tests.protocol.working_copy import GIT_ENVIRONMENT

REFUSES_TAGS = (
    '#!/bin/sh\nwhile read -r _ _ ref; do case "$ref" in refs/tags/*) echo "tags are frozen" >&2; exit 1; esac; done\n'
)


@pytest.fixture
def remote(small: Small) -> Path:
    prepare_for(small)
    remote = Path(small.git("remote", "get-url", "origin"))
    small.git("--git-dir", str(remote), "config", "http.receivepack", "true")
    return remote


@pytest.fixture
def server(small: Small, remote: Path, own: Installation) -> Iterator[GitServer]:
    """Serves the remote over HTTP, to a daemon whose user has a credential helper."""
    environ = {"PATH": own.environment["PATH"], **GIT_ENVIRONMENT}
    with git_server(remote.parent, environ, asks="for pushes") as running:
        small.git("remote", "set-url", "origin", running.url(remote.name))
        home = Path(own.environment["HOME"])
        (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
        (home / ".git-credentials").write_text(running.with_login)
        yield running


def tags(small: Small, remote: Path) -> str:
    return small.git("--git-dir", str(remote), "tag")


def kinds(site: Installation) -> list[str]:
    return [entry["kind"] for entry in history(site) if entry["kind"].startswith("approval.")]


async def test_a_release_is_pushed_with_the_login_of_a_credential_helper(
    own: Installation, small: Small, remote: Path, server: GitServer
) -> None:
    """The remote may be read by all and written to with a login."""
    assert "Warning" not in own.trust().out
    assert "ok   remote: it answers, and a release tag can be pushed to it" in own.run("doctor").out
    async with own.client("2026") as client:
        await agent.to_question(client)
        confirm(own)
        assert (await agent.until_state(client, "IDLE", "AWAITING_APPROVAL", "SOAKING"))["state"] == "IDLE"
    assert tags(small, remote) == "v0.1.0"
    assert server.logins


async def test_where_no_tag_can_be_pushed_nobody_is_asked_and_trust_and_doctor_say_so(
    own: Installation, server: GitServer
) -> None:
    Path(own.environment["HOME"], ".gitconfig").unlink()
    said = f"could not read Username for 'http://{server.place}'"
    trusted = own.trust()
    assert (trusted.code, "Warning: A trial push of the tag v0.0.0-sentinel-try to origin failed" in trusted.out) == (
        0,
        True,
    )
    assert said in trusted.out
    looked = own.run("doctor")
    assert looked.code == 2
    assert "FAIL remote: A trial push of the tag v0.0.0-sentinel-try to origin failed" in looked.out
    async with own.client("2026") as client:
        await agent.to_soaked(client)
        refused = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.sentence(refused).startswith(
            "Production stays LOCKED. A trial push of the tag v0.1.0 to origin failed: "
        )
        assert said in agent.text(refused)
        assert (await agent.state(client))["state"] == "SOAKING"
    assert kinds(own) == []


@pytest.mark.usefixtures("server")
async def test_a_hook_that_refuses_the_tag_costs_no_approval(own: Installation, small: Small, remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(REFUSES_TAGS)
    hook.chmod(0o755)
    async with governed(own) as client:
        asked = agent.structured(await agent.to_question(client))["approval"]
        for _ in range(2):
            confirm(own)
            found = await agent.until_state(client, "AWAITING_APPROVAL", "SOAKING", "IDLE")
            assert found["state"] == "AWAITING_APPROVAL", found
            assert found["approval"] == asked
            assert "Production was not touched, and the approval is not spent." in found["message"]
            assert "tags are frozen" in found["message"]
        assert tags(small, remote) == ""
        assert "production 0.1.0" not in small.marked()
        hook.unlink()
        confirm(own)
        assert (await agent.until_state(client, "IDLE", "AWAITING_APPROVAL", "SOAKING"))["state"] == "IDLE"
    assert tags(small, remote) == "v0.1.0"
    assert kinds(own) == [*("approval.claimed", "approval.reopened") * 2, "approval.claimed"]
    assert small.marked().count("production 0.1.0") == 1


async def test_a_remote_that_is_gone_for_a_while_costs_no_approval(
    site: Installation, small: Small, remote: Path
) -> None:
    async with governed(site) as client:
        asked = agent.structured(await agent.to_question(client))["approval"]
        remote.rename(remote.with_name("away.git"))
        confirm(site)
        found = await agent.until_state(client, "AWAITING_APPROVAL", "SOAKING")
        assert (found["state"], found["approval"]) == ("AWAITING_APPROVAL", asked)
        assert "The remote origin did not answer" in found["message"]
        remote.with_name("away.git").rename(remote)
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "AWAITING_APPROVAL", "SOAKING"))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1


async def test_a_question_that_is_open_again_expires_when_it_was_to(
    site: Installation, small: Small, remote: Path
) -> None:
    small.change_policy({"production.approval": {"expires": "8s"}})
    small.commit("Decide quickly")
    small.git("push", "--quiet", "origin", "main")
    async with governed(site) as client:
        await agent.to_question(client)
        remote.rename(remote.with_name("away.git"))
        confirm(site)
        await agent.until_state(client, "AWAITING_APPROVAL", "SOAKING")
        assert (await agent.until_state(client, "SOAKING"))["approval"] is None
    assert "production 0.1.0" not in small.marked()


async def test_a_server_without_atomic_pushes_is_released_to(site: Installation, small: Small, remote: Path) -> None:
    small.git("--git-dir", str(remote), "config", "receive.advertiseAtomic", "false")
    async with governed(site) as client:
        await agent.to_question(client)
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "AWAITING_APPROVAL", "SOAKING"))["state"] == "IDLE"
    assert tags(small, remote) == "v0.1.0"
