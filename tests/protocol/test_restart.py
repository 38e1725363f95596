"""The daemon ends in the middle of a release, politely or not: the next one goes on, and nothing runs twice."""

import fcntl
import os
import signal
import subprocess
from contextlib import suppress
from itertools import pairwise

import pytest
from mcp import Client

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import Live, confirm, governed, samples

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0
WINDOW_S = 3.0


@pytest.mark.requirement("P5-dynamic", "P2.2-timer")
async def test_a_release_goes_on_wherever_the_daemon_ended(own: Installation, live: Live) -> None:
    hold, started = live.file("hold"), live.file("started")
    live.script("production", f"touch {started}; while test -e {hold}; do sleep 0.05; done")
    take_time(live)
    hold.touch()
    async with governed(own) as client:
        second = own.run("daemon", "run")
        assert (second.code, second.err.partition("(")[0]) == (2, "sentinel: Another daemon ")
        soak_until = await staged(client)
    await end(own, signal.SIGKILL)
    async with own.client("2026") as client:
        await to_asked(client, soak_until)
    await end(own, signal.SIGTERM)
    assert own.approve().code == 0
    await until(started.exists, SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        await end(own, number)
        async with own.client("2026") as client:
            found = await agent.state(client)
            assert (found["state"], found["operation"]["step"]) == ("DEPLOYING", "production")
    await end(own, signal.SIGKILL)
    hold.unlink()
    await until(live.running.exists, SECONDS)
    async with own.client("2026") as client:
        await to_verified_a_little(client, own)
    await end(own, signal.SIGKILL)
    await released(own, live)


async def test_an_upgrade_in_the_middle_of_a_soak_and_of_a_verification_loses_nothing(
    own: Installation, live: Live
) -> None:
    take_time(live)
    async with governed(own) as client:
        soak_until = await staged(client)
    await end(own, signal.SIGTERM)
    async with own.client("2026") as client:
        await to_asked(client, soak_until)
        confirm(own)
        await to_verified_a_little(client, own)
    await end(own, signal.SIGTERM)
    before = len(samples(own))
    await released(own, live)
    assert len(samples(own)) > before  # the next one looked for the rest of the window


def test_a_daemon_has_its_store_alone_until_it_is_stopped_though_nobody_notices_its_end(own: Installation) -> None:
    own.home.mkdir()
    own = Installation(own.home, own.project, {"SENTINEL_DATABASE_URL": f"sqlite:///{own.home}/elsewhere.db"})
    other = Installation(own.home.with_name("other"), own.project, own.extra)
    with subprocess.Popen(
        [*SENTINEL, "daemon", "run"], env=own.environment, stderr=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stderr is not None
        while "serving" not in daemon.stderr.readline():
            assert daemon.poll() is None
        refused = other.run("daemon", "run")
        assert refused.err.startswith(f"sentinel: Another daemon (process {daemon.pid}) uses this store.\n")
        assert refused.code == 2
        stopped = own.run("daemon", "stop")
        assert stopped.code == 0, stopped.err
        assert daemon.returncode is None  # nobody has waited for it: to the system it is still there
    assert daemon.returncode == 0


def take_time(live: Live) -> None:
    """So that there is a soak, and a verification, in the middle of which a daemon can end."""
    verification = {"window": f"{WINDOW_S:g}s", "latency": "5s", "probe": {"rate": 20}}
    live.small.change_policy({"staging": {"soak": "3s"}, "production.verification": verification})
    live.small.commit("Take time")


async def staged(client: Client) -> str:
    """Until when a release that is on staging now has to soak."""
    await agent.to_candidate(client)
    deployed = await agent.good(client, "deploy", target="staging")
    return str(agent.structured(deployed)["release"]["soak_until"])


async def to_asked(client: Client, soak_until: str) -> None:
    """From the same soak as before to the question to a human."""
    found = await agent.state(client)
    assert (found["state"], found["release"]["soak_until"]) == ("SOAKING", soak_until)
    await agent.until_unlocked(client, "production")
    await agent.good(client, "deploy", target="production", version="v0.1.0")


async def to_verified_a_little(client: Client, site: Installation) -> None:
    await agent.until_busy(client, "VERIFYING")
    await until(lambda: len(samples(site)) > 0, SECONDS)


async def released(own: Installation, live: Live) -> None:
    """The release is in production, nothing of it was done twice, and its verification had all of the window."""
    async with own.client("2026") as client:
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert (found["state"], found["production"]["version"]) == ("IDLE", "0.1.0"), found
    assert live.small.marked() == ["tests ", "build 0.1.0", "staging 0.1.0", "smoke 0.1.0", "production 0.1.0"]
    assert own.run("audit", "verify").code == 0
    assert _seen_s(own) > 0.8 * WINDOW_S  # the last look was at the end of the window, but for half a second


async def end(site: Installation, number: signal.Signals) -> None:
    """Ends the daemon, and returns once its store is free."""
    lock = site.home / "daemon.lock"
    os.kill(int(lock.read_text()), number)
    with lock.open() as file:
        await until(lambda: _is_free(file.fileno()), SECONDS)


def _is_free(lock: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    return False


def _seen_s(site: Installation) -> float:
    """For how much of the verification production was looked at; for the rest there was no daemon."""
    looks = [float(look["at"]) for look in samples(site)]
    away = max(after - before for before, after in pairwise(looks))
    return looks[-1] - away
