"""An older copy of the whole state, put back: what the release tags of the remote prove is held against it."""

import shutil
from pathlib import Path

import pytest

from sentinel.front.operator.client import ReportedError
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, history, release

REASON = "The release tags contradict the history"


@pytest.fixture
def remote(live: Live) -> Path:
    """Where the project's commits and tags are pushed to."""
    folder = live.small.root.parent / "remote.git"
    live.small.git("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    live.small.git("remote", "add", "origin", str(folder))
    live.small.change_policy({"project": {"remote": "origin"}})
    live.small.commit("Have a remote")
    live.small.git("push", "--quiet", "origin", "main")
    return folder


def next_changes(live: Live, released: str, entry: str) -> None:
    live.small.next_changes(released, entry)
    live.small.git("push", "--quiet", "origin", "main")


def keep(own: Installation) -> Path:
    """A copy of the state as it is now; the daemon ends."""
    own.stop()
    kept = own.home.with_name("kept")
    shutil.copytree(own.home, kept, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "run", "operator"))
    return kept


def put_back(own: Installation, kept: Path) -> None:
    own.stop()
    shutil.rmtree(own.home)
    kept.rename(own.home)


@pytest.mark.usefixtures("remote")
async def test_an_older_copy_of_everything_deploys_nothing_again(own: Installation, live: Live) -> None:
    async with governed(own) as client:
        await agent.to_question(client)
        kept = keep(own)
    async with own.client("2026") as client:
        confirm(own)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    put_back(own, kept)
    async with own.client("2026") as client:
        confirm(own)
        found = await agent.until_state(client, "SOAKING", "IDLE", "ACTIVE", "HALTED")
        assert found["state"] == "HALTED", found
        said = f"HALTED: {REASON}: the remote has the tag v0.1.0, and no entry says that it was pushed."
        assert found["message"].startswith(said)
        assert found["next"][0].startswith("A person restores the newest copy of the store")
        assert "`sentinel resolve --production VERSION|none`" in found["next"][1]
        assert live.small.marked().count("production 0.1.0") == 1
        assert (found["release"], found["approval"]) == (None, None)


@pytest.mark.usefixtures("remote")
async def test_a_history_that_is_older_than_the_tags_prove_asks_nobody_until_a_person_accepts_the_loss(
    own: Installation, live: Live
) -> None:
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        kept = keep(own)
    next_changes(live, "0.1.0", "A search.")
    async with own.client("2026") as client:
        assert (await release(client, own))["state"] == "IDLE"
        entries = len(history(own))
    put_back(own, kept)
    next_changes(live, "0.2.0", "Another search.")
    async with own.client("2026") as client:
        await agent.to_soaked(client)
        await agent.until_unlocked(client, "production")
        tag = (await agent.state(client))["release"]["tag"]
        asked = await agent.call(client, "deploy", target="production", version=tag)
        assert REASON in agent.text(asked), (entries, agent.text(asked))
        assert (await agent.state(client))["state"] == "HALTED"

        resolved = own.confirmed("resolve", "--production", "0.2.0")
        assert resolved.code == 0, resolved.err
        proved = own.run("audit", "verify")
        assert proved.code == 0, proved.out
        assert "1 release tag is of a lost history, as a person has accepted." in proved.out
        assert (await release(client, own))["state"] == "IDLE"
        assert live.version() == "0.3.0"
    bundle = own.home.with_name("bundle")
    assert own.run("audit", "export", "--output", str(bundle)).code == 0
    assert own.run("audit", "verify", str(bundle)).code == 0


async def test_an_approval_of_a_rollback_is_held_against_the_tags_and_a_persons_own_rollback_is_not(
    own: Installation, live: Live, remote: Path
) -> None:
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        next_changes(live, "0.1.0", "A search.")
        assert (await release(client, own))["state"] == "IDLE"
        await agent.good(client, "emergency_rollback", reason="It is slow.")
        kept = keep(own)
    next_changes(live, "0.2.0", "Another search.")
    async with own.client("2026") as client:
        own.operator.ask("reject")
        assert (await release(client, own))["state"] == "IDLE"
    put_back(own, kept)
    away = remote.rename(remote.with_name("away"))
    assert own.run("daemon", "start").code == 0
    away.rename(remote)
    with pytest.raises(ReportedError, match=REASON):
        confirm(own, "ROLLBACK-NOW")
    assert own.status()["state"] == "HALTED"
    assert live.version() == "0.3.0"
    done = own.confirmed("rollback", "--reason", "It is slow.", typed="ROLLBACK-NOW")
    assert (done.code, live.version()) == (0, "0.1.0"), done.out


async def test_a_remote_that_is_away_keeps_no_rollback_from_being_approved(
    own: Installation, live: Live, remote: Path
) -> None:
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        next_changes(live, "0.1.0", "A search.")
        assert (await release(client, own))["state"] == "IDLE"
        await agent.good(client, "emergency_rollback", reason="It is slow.")
        remote.rename(remote.with_name("away"))
        confirm(own, "ROLLBACK-NOW")
        await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
    assert live.version() == "0.1.0"
