"""A standby of PostgreSQL that is promoted: one that lacks what the primary had stored uses no approval again."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.postgres import PostgresCannotRunError, PostgresServer, temporary_folder
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, history, release
from tests.protocol.test_older_history import REASON, next_changes, remote

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("remote")]
__all__ = ["remote"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary and its standby, which streams without the primary's waiting for it."""

    primary: PostgresServer
    standby: PostgresServer

    def fail_over(self) -> None:
        """The primary is gone, and the standby is promoted."""
        self.primary.stop(crash=True)
        self.standby.promote()

    @property
    def url(self) -> str:
        """The address of both: whichever is the primary is used."""
        database = self.primary.new_database()
        self.standby.wait_for(self.primary)
        return f"{database},{self.standby.folder}"


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        try:
            primary = PostgresServer(stack.enter_context(temporary_folder()))
            primary.start()
            stack.callback(primary.stop)
            standby = PostgresServer(stack.enter_context(temporary_folder()), primary=primary)
        except PostgresCannotRunError as reason:
            pytest.skip(f"PostgreSQL cannot run here: {reason}")
        standby.start()
        stack.callback(standby.stop)
        yield Pair(primary, standby)


@pytest.fixture
def site(pair: Pair, own: Installation) -> Iterator[Installation]:
    site = Installation(own.home, own.project, {"SENTINEL_DATABASE_URL": pair.url})
    yield site
    site.stop()


@pytest.mark.parametrize("restarted", [False, True], ids=["while the daemon runs", "before the daemon starts"])
async def test_a_spent_approval_that_the_promoted_standby_does_not_know_of_is_not_used_again(
    site: Installation, live: Live, pair: Pair, *, restarted: bool
) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        pair.standby.wait_for(pair.primary)
        pair.standby.cut_off()
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    if restarted:
        site.stop()
    pair.fail_over()
    async with site.client("2026") as client:
        found = await agent.until_state(client, "HALTED")
    assert found["message"].startswith(f"HALTED: {REASON}: the remote has the tag v0.1.0")
    assert live.small.marked().count("production 0.1.0") == 1
    assert site.run("approve").code != 0


async def test_a_release_that_the_promoted_standby_does_not_know_of_halts_until_a_person_says_what_runs(
    site: Installation, live: Live, pair: Pair
) -> None:
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        pair.standby.wait_for(pair.primary)
        pair.standby.cut_off()
        next_changes(live, "0.1.0", "A search.")
        assert (await release(client, site))["state"] == "IDLE"
    pair.fail_over()
    async with site.client("2026") as client:
        found = await agent.until_state(client, "HALTED")
        assert f"{REASON}: entry " in found["message"]
        assert "is missing: tag v0.2.0 was signed over" in found["message"]
        resolved = site.confirmed("resolve", "--production", "0.2.0")
        assert resolved.code == 0, resolved.err
        next_changes(live, "0.2.0", "Another search.")
        assert (await release(client, site))["state"] == "IDLE"
    assert live.version() == "0.3.0"


async def test_a_standby_that_has_everything_goes_on(site: Installation, live: Live, pair: Pair) -> None:
    for name in ("staging", "production"):
        live.small.script(name, f"echo $SENTINEL_FENCE >{live.file('fence')}\necho $SENTINEL_VERSION >{live.running}")
    live.small.commit("Say which fencing number was given")
    live.small.git("push", "--quiet", "origin", "main")
    async with governed(site) as client:
        await agent.to_question(client)
        fence = _fence(live)
        pair.standby.wait_for(pair.primary)
        pair.fail_over()
        found = await agent.until_state(client, "AWAITING_APPROVAL")
        assert found["approval"] is not None
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert live.version() == "0.1.0"
    changed = [entry for entry in history(site) if entry["kind"] == "server.changed"]
    assert [entry["data"]["server"].rpartition("/")[2] for entry in changed] == ["2"]
    assert _fence(live) > fence + 1_000_000, "no number that was lost is given out again"
    assert site.run("audit", "verify").code == 0


def _fence(live: Live) -> int:
    """The number that the last script of staging or production was given."""
    return int(live.file("fence").read_text())
