"""After the rollback script production is looked at as after a deployment, and what is said of it is what was seen."""

import asyncio

import pytest

from tests.adapters.http_services import answers, in_turn, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, notify, release, service, to_approved, told

pytestmark = pytest.mark.timeout(300)
PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
HALTED = "Small: HALTED, a person must look at production"
SECONDS = 60.0


def lines(status: dict[str, object]) -> list[str]:
    return str(status["message"]).split("\n")


def unversioned(live: Live) -> None:
    """Nothing in production says which release it is."""
    live.small.edit("sentinel.toml", {'version_path = "/version"\n': ""})


def does_nothing(live: Live) -> None:
    live.small.script("rollback", "echo 'nothing done'")


@pytest.mark.requirement("P4.1-rollback", "P4.1-notification")
async def test_a_rollback_script_that_did_nothing_halts_with_both_reasons_and_people_are_told(
    own: Installation, live: Live
) -> None:
    unversioned(live)
    does_nothing(live)
    live.small.commit("Forget the way back")
    with service(answers()) as inbox:
        notify(own, inbox.url)
        async with governed(own) as client:
            assert (await release(client, own))["state"] == "IDLE"
            live.small.next_changes("0.1.0", "A search.")
            live.faults["0.2.0"] = in_turn(*[answers(200), answers(200), answers(500)] * 4000)
            found = await release(client, own)
            shown = own.run("status")
            await until(lambda: told(inbox)[-1:] == [HALTED], SECONDS)
    assert (found["state"], found["ok"]) == ("HALTED", False), found
    heading, halted, begun = lines(found)[:3]
    assert heading == shown.out.partition("\n")[0] == PDV_FAILURE
    assert halted.startswith("HALTED: the rollback failed. Production is not good after the rollback: ")
    assert "probes failed" in halted
    assert begun.startswith("It was started because: ")
    assert "probes failed" in begun
    assert str(found["message"]) in shown.out


async def test_a_fault_that_went_away_by_itself_is_no_rollback_where_the_bad_release_still_answers(
    site: Installation, live: Live
) -> None:
    does_nothing(live)
    live.small.commit("Forget the way back")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        good, bad = answers(200, b"0.2.0"), answers(500)
        until_left = in_turn(good, good, *[bad] * 10_000)

        async def behave(writer: asyncio.StreamWriter) -> None:
            left = any(mark.startswith("rollback ") for mark in live.small.marked())
            await (good if left else until_left)(writer)

        live.faults["0.2.0"] = behave
        found = await release(client, site)
    assert found["state"] == "HALTED", found
    heading, halted, begun = lines(found)[:3]
    assert heading == PDV_FAILURE
    assert "Production is not healthy after the rollback: " in halted
    assert '"0.2.0", which is not v0.1.0: a stale instance' in halted
    assert "probes failed" in begun


async def test_production_is_named_only_where_its_own_answer_proves_it(site: Installation, live: Live) -> None:
    unversioned(live)
    live.small.commit("Say nothing")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        live.faults["0.2.0"] = in_turn(answers(200), answers(500))
        found = await release(client, site)
        status = await agent.state(client)
    assert found["state"] == "ACTIVE", found
    heading, said, verified = lines(found)[:3]
    assert heading == PDV_FAILURE
    assert said.startswith(
        "ACTIVE. Rolled back from v0.2.0 to v0.1.0: the rollback script ended well and production answers; "
        "no version_path says which release it is. "
    )
    assert verified.startswith("Verified after the rollback: 0 of ")
    assert "production runs" not in str(found["message"])
    assert status["message"] == found["message"]


@pytest.mark.requirement("P4.1-rollback", "P4.1-notification")
async def test_a_first_release_that_fails_has_nothing_to_go_back_to_and_says_why_it_failed(
    own: Installation, live: Live
) -> None:
    right = answers(200, b"0.1.0")
    live.faults["0.1.0"] = in_turn(right, right, *[answers(500)] * 10_000)
    with service(answers()) as inbox:
        notify(own, inbox.url)
        async with governed(own) as client:
            found = await release(client, own)
            shown = own.run("status").out
            await until(lambda: told(inbox)[-2:] == [PDV_FAILURE, HALTED], SECONDS)
    assert found["state"] == "HALTED", found
    heading, halted, begun = lines(found)
    assert heading == PDV_FAILURE
    assert halted == "HALTED: the rollback failed. There is no earlier release to go back to."
    assert "probes failed" in begun
    assert shown.startswith("\n".join((heading, halted, begun)))


async def test_why_production_is_left_stands_first_from_the_moment_the_rollback_starts(
    site: Installation, live: Live
) -> None:
    hold, fails = live.file("hold"), live.file("fails")
    live.script("rollback", f"while test -e {hold}; do sleep 0.05; done; test ! -e {fails} || exit 7")
    live.small.commit("Take time on demand")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        right = answers(200, b"0.2.0")
        live.faults["0.2.0"] = in_turn(right, right, *[answers(500)] * 10_000)
        hold.touch()
        fails.touch()
        await to_approved(client, site)
        running = await agent.until_busy(client, "ROLLING_BACK")
        assert running["ok"] is False
        assert lines(running)[0] == PDV_FAILURE
        assert lines(running)[1].startswith("ROLLING_BACK: rollback is running")
        assert running["next"]
        hold.unlink()
        found = await agent.until_state(client, "ACTIVE", "HALTED")
        assert found["state"] == "HALTED", found
        heading, halted, begun = lines(found)[:3]
        assert (heading, found["ok"]) == (PDV_FAILURE, False)
        assert halted.startswith("HALTED: the rollback failed. The rollback command ended with exit code 7")
        assert "probes failed" in begun

        fails.unlink()
        again = site.confirmed("rollback", "--reason", "The machine is back.", typed="ROLLBACK-NOW")
        assert again.code == 0, again.err
        heading, said, _verified = again.out.splitlines()[:3]
        assert heading == PDV_FAILURE
        assert said.startswith("Rolled back: production runs v0.1.0 again, instead of v0.2.0. ")
        assert said.endswith("The machine is back.")


async def test_a_person_is_told_how_the_verification_of_their_rollback_goes(site: Installation, live: Live) -> None:
    live.small.change_policy({"production.verification": {"window": "7s"}})
    live.small.commit("Look for longer")
    async with governed(site) as client:
        for version in ("0.1.0", "0.2.0"):
            if version != "0.1.0":
                live.small.next_changes("0.1.0", "A search.")
            assert (await release(client, site))["state"] == "IDLE"
        done = site.confirmed("rollback", "--reason", "It is too blue.", typed="ROLLBACK-NOW")
    shown = [line.strip() for line in done.err.splitlines()]
    told = [line for line in shown if "  ROLLING_BACK: rollback is running, at verification (" in line]
    assert done.code == 0, shown
    assert 1 <= len(told) <= 3, shown
    assert "probes failed" in told[-1]
    assert "Production goes back from v0.2.0 to v0.1.0: It is too blue." in told[-1]


async def test_a_rollback_that_a_person_asked_for_is_verified_as_well(site: Installation, live: Live) -> None:
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        assert (await release(client, site))["state"] == "IDLE"
        right = answers(200, b"0.1.0")
        live.faults["0.1.0"] = in_turn(right, right, *[answers(500)] * 10_000)
        done = site.confirmed("rollback", "--reason", "It is too blue.", typed="ROLLBACK-NOW")
        found = await agent.state(client)
    assert (done.code, found["state"]) == (1, "HALTED")
    halted, begun = lines(found)[:2]
    assert halted.startswith("HALTED: the rollback failed. Production is not good after the rollback: ")
    assert begun == "It was started because: It is too blue."
