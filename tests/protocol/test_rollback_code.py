"""A rollback starts the code that it goes back to, at once and as its deployment left it; other checkouts go."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed, history, release, to_approved
from tests.protocol.small import Small
from tests.protocol.started import Started

pytestmark = pytest.mark.timeout(300)
BUSY_SECONDS = 5.0
"""What may pass between the verdict and the script on a machine that runs other tests; `make bench` measures 2 s."""


@pytest.fixture
def started(small: Small) -> Iterator[Started]:
    started = Started.create(small)
    yield started
    started.close()


def versioned(started: Started) -> None:
    started.small.change_policy({"production": {"version_path": "/version"}})
    started.small.commit("Say which version runs")


def verdict_at(site: Installation, on: str = "verification failed") -> float:
    entry = next(entry for entry in reversed(history(site)) if entry["data"].get("on") == on)
    return datetime.fromisoformat(entry["at"]).timestamp()


def checkouts(site: Installation, id: str) -> set[Path]:
    return set((site.home / "operations" / id).glob("*/checkout-*"))


async def test_a_rollback_runs_the_code_that_it_goes_back_to_with_the_newer_script_over_it(
    own: Installation, started: Started
) -> None:
    versioned(started)
    small = started.small
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        first = Path(started.get())
        started.write_scripts("The way back, in other words.")
        small.write("fault", "")
        started.next_version("0.1.0", "0.2.0")
        own.pin()
        failed = await release(client, own)
    assert failed["state"] == "ACTIVE", failed
    assert "Rolled back: production runs v0.1.0 again, instead of v0.2.0." in failed["message"]
    assert (started.get("/version"), started.get("/dependencies")) == ("0.1.0", "0.1.0")
    assert Path(started.get()) == first
    assert "in other words" in (first / "deploy" / "rollback.sh").read_text()
    assert "in other words" not in (first / "deploy" / "production.sh").read_text()
    assert not (first / "fault").exists()
    assert started.began("rollback") - verdict_at(own) < BUSY_SECONDS


async def test_links_in_the_kept_checkout_lead_no_pinned_file_astray(own: Installation, started: Started) -> None:
    """What the older release or its set-up left there is not written through."""
    versioned(started)
    outside = started.file("outside")
    outside.mkdir()
    (outside / "rollback.sh").write_text("kept")
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        checkout = Path(started.get())
        (checkout / "deploy" / "rollback.sh").unlink()
        (checkout / "deploy" / "production.sh").unlink()
        (checkout / "deploy" / "smoke.sh").unlink()
        (checkout / "deploy" / "staging.sh").unlink()
        (checkout / "deploy").rmdir()
        (checkout / "deploy").symlink_to(outside)
        started.small.write("fault", "")
        started.next_version("0.1.0", "0.2.0")
        failed = await release(client, own)
    assert failed["state"] == "ACTIVE", failed
    assert started.get("/version") == "0.1.0"
    assert (outside / "rollback.sh").read_text() == "kept"
    assert [file.name for file in outside.iterdir()] == ["rollback.sh"]


async def test_no_set_up_stands_between_the_verdict_and_the_rollback_script(
    own: Installation, started: Started
) -> None:
    versioned(started)
    hangs, small = started.file("registry-hangs"), started.small
    small.change_policy({"build": {"setup": f"if [ -e {hangs} ]; then sleep 900; fi"}})
    small.edit("deploy/production.sh", {"set -eu\n": f"set -eu\nif [ -e fault ]; then touch {hangs}; fi\n"})
    small.commit("Install from a registry")
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        small.write("fault", "")
        started.next_version("0.1.0", "0.2.0")
        failed = await release(client, own)
    assert failed["state"] == "ACTIVE", failed
    assert hangs.exists()
    assert started.get("/version") == "0.1.0"
    assert started.began("rollback") - verdict_at(own) < BUSY_SECONDS


async def test_where_no_checkout_was_kept_a_fresh_one_is_made_without_set_up_and_people_are_told(
    own: Installation, started: Started
) -> None:
    versioned(started)
    small = started.small
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        first = Path(started.get())
        small.write("fault", "")
        started.next_version("0.1.0", "0.2.0")
        await to_approved(client, own)
        await agent.until_busy(client, "VERIFYING")
        first.rename(first.with_name("moved"))
        failed = await agent.until_state(client, "ACTIVE", "HALTED")
        again = Path(started.get())
        assert failed["state"] == "ACTIVE", failed
        assert (
            "No checkout of v0.1.0 was kept: the rollback command ran in a fresh one, without set-up."
            in (failed["message"])
        )
        assert (started.get("/version"), again.name[:9], again == first) == ("0.1.0", "checkout-", False)
        await until(lambda: again in checkouts(own, small.id))
        await agent.good(client, "run_tests")
        assert again in checkouts(own, small.id), "production runs from it"


async def test_only_the_checkouts_of_production_and_of_the_release_before_it_stay(
    own: Installation, started: Started
) -> None:
    small = started.small
    small.change_policy({"build": {"setup": "mkdir -p node_modules && head -c 1M /dev/urandom >node_modules/blob"}})
    small.commit("Install much")
    folders: list[Path] = []
    async with governed(own) as client:
        for number, version in enumerate(("0.1.0", "0.2.0", "0.3.0")):
            if number:
                started.next_version((folders and f"0.{number}.0") or "", version)
            assert (await release(client, own))["state"] == "IDLE"
            folders.append(Path(started.get()))
            await until(lambda: checkouts(own, small.id) == set(folders[-2:]))
    kept = own.home / "operations"
    assert len(list(kept.rglob("blob"))) == 2
    ran = {log.parent.parent.name for log in kept.rglob("output.log")}
    assert {"setup", "build", "tests", "staging", "smoke", "production"} <= ran


async def test_a_failed_operation_keeps_its_checkout_until_the_next_of_its_kind(
    own: Installation, started: Started
) -> None:
    small = started.small
    broken = started.file("broken")
    small.change_policy({"tests": {"command": f"test ! -e {broken}"}})
    small.commit("Fail on demand")
    async with governed(own) as client:
        await agent.good(client, "start_sprint", name="One")
        broken.touch()
        for _ in range(2):
            assert (await agent.call(client, "run_tests")).is_error
        await until(lambda: len(checkouts(own, small.id)) == 1)
        broken.unlink()
        await agent.good(client, "run_tests")
        await until(lambda: checkouts(own, small.id) == set())
