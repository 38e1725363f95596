"""What blocks a release for a time: a hold and a closed window; hotfixes; and the plan before all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from sentinel.front.operator.client import ReportedError
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, history

NEVER = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1
SUMMARY:never
DTSTART;VALUE=DATE:20200101
RRULE:FREQ=DAILY
END:VEVENT
END:VCALENDAR
"""


def entries(site: Installation, kind: str) -> list[str]:
    return [str(entry["summary"]) for entry in history(site) if entry["kind"] == kind]


@pytest.mark.usefixtures("small")
@pytest.mark.requirement("P3.3-hold")
async def test_anybody_stops_the_line_and_only_a_person_lets_it_go_on(site: Installation) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        held = await agent.good(client, "hold_release", reason="It looks wrong.")
        assert agent.sentence(held).startswith("Releases are on hold: nothing starts but a rollback.")
        assert await agent.targets(client) == []
        refused = await agent.call(client, "deploy", target="staging")
        assert refused.is_error
        assert " put releases on hold at " in agent.sentence(refused)
        assert "`sentinel unhold`" in agent.text(refused)
        shown = site.run("status")
        assert "It looks wrong." in shown.out
        again = site.run("hold", "--reason", "me too")
        assert again.code == 0
        assert "It looks wrong." in again.out
        let = site.confirmed("unhold")
        assert let.code == 0, let
        assert await agent.targets(client) == ["staging"]
        await agent.good(client, "deploy", target="staging")
    assert entries(site, "hold.set") == ["releases put on hold: It looks wrong."]
    assert len(entries(site, "hold.ended")) == 1


@pytest.mark.requirement("P3.3-window", "P3.3-outside")
async def test_outside_of_the_windows_a_release_goes_with_a_reason_in_its_plan(site: Installation, live: Live) -> None:
    today = datetime.now(UTC).date()
    freeze = [{"from": today - timedelta(days=1), "until": today + timedelta(days=9), "reason": "the great sale"}]
    live.small.change_policy({"production.windows": {"timezone": "UTC", "freeze": freeze}})
    live.small.commit("Sell in peace")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        refused = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert refused.is_error
        assert agent.sentence(refused).startswith("Production is LOCKED. Production is frozen from ")
        assert "the great sale" in agent.sentence(refused)
        (locked,) = [row for row in agent.structured(refused)["locked"] if row["target"] == "production"]
        assert locked["unlocks_at"][:10] == str(today + timedelta(days=10))
        assert await agent.targets(client) == ["staging"]
        waived = site.confirmed("window", "waive", "--reason", "Customers cannot pay.")
        assert waived.code == 0, waived
        assert await agent.targets(client) == ["staging", "production"]
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        question = site.operator.ask("question")
        assert any("Customers cannot pay." in remark for remark in question["remarks"])
        assert '"outside_window":{' in question["document"]
        confirm(site)
        ended = await agent.until_state(client, "IDLE", "HALTED")
        assert ended["production"]["version"] == "0.1.0"
    assert len(entries(site, "window.waived")) == 1


@pytest.mark.requirement("P3.3-hotfix")
async def test_a_hotfix_is_a_patch_with_a_short_soak_that_is_reviewed_before_the_next_minor(
    site: Installation, live: Live
) -> None:
    live.small.change_policy({"staging": {"soak": "1h"}, "hotfix": {"soak": "1ms"}})
    live.small.edit("CHANGELOG.md", {"### Added": "### Fixed"})
    live.small.commit("Mend the checkout")
    async with governed(site) as client:
        opened = site.confirmed("hotfix", "start", "--reason", "Customers cannot pay.")
        assert opened.code == 0, opened
        await agent.good(client, "start_sprint", name="Night")
        await agent.good(client, "run_tests")
        blocked = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(blocked) == "Release Blocked. You have a Hotfix That Is No Patch."
        await agent.good(client, "prepare_release", type="patch")
        with pytest.raises(ReportedError, match=r"before a candidate is prepared.*`sentinel abandon --reason"):
            site.operator.ask("end_hotfix")
        await agent.good(client, "deploy", target="staging")
        tag = (await agent.state(client))["release"]["tag"]
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version=tag)
        question = site.operator.ask("question")
        assert any("Customers cannot pay." in remark for remark in question["remarks"])
        confirm(site)
        await agent.until_state(client, "IDLE", "HALTED")
        live.small.next_changes(tag[1:], "A search.")
        await agent.good(client, "start_sprint", name="Day")
        await agent.good(client, "run_tests")
        minor = await agent.call(client, "preview_release", type="minor")
        assert agent.sentence(minor) == "Release Blocked. You have 1 Unreviewed Hotfix."
        (finding,) = [one for one in site.operator.ask("findings", open_only=True) if "hotfix" in str(one)]
        site.operator.ask("resolve_finding", number=finding["number"], reason="We looked.")
        await agent.good(client, "prepare_release", type="minor")


async def test_a_plan_says_what_comes_and_does_nothing(site: Installation, live: Live) -> None:
    small = live.small
    small.change_policy({"production.windows": {"timezone": "Europe/Berlin", "calendar": "ops/freezes.ics"}})
    small.write("ops/freezes.ics", NEVER)
    small.commit("Never on any day")
    async with governed(site) as client:
        before = site.operator.ask("verify_audit")["entries"]
        planned = site.run("plan", "--json")
        assert planned.code == 1
        assert planned.json["plan"]["blocked"] == "Release Blocked. You have No Test Run."
        assert planned.json["plan"]["tag"] == "v0.1.0"
        assert planned.json["plan"]["window"].startswith("Production is frozen until ")
        assert planned.json["plan"]["locked"].startswith(
            "This is allowed in state ACTIVE; the state is IDLE. Call `start_sprint"
        )
        shown = site.run("plan", "--type", "major")
        assert shown.out.startswith("Release Blocked. You have No Test Run.\n")
        previewed = await agent.good(client, "preview_release")
        assert agent.sentence(previewed) == planned.json["plan"]["blocked"]
        assert site.operator.ask("verify_audit")["entries"] == before
        assert small.marked() == []
        await agent.to_candidate(client)
        locked = await agent.call(client, "preview_release", type="minor")
        assert agent.sentence(locked) == "This is allowed in state IDLE or ACTIVE; the state is RELEASE_CANDIDATE."
