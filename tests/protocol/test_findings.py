"""Findings (protocol 1.1, predicate 3): of scanners and of Sentinel's own events, which are high and which are none."""

from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.gating import result, sarif
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


@pytest.mark.requirement("P1.1-audit")
async def test_a_high_finding_blocks_until_a_person_resolves_it(site: Installation, short_folder: Path) -> None:
    report = short_folder / "report.sarif"
    report.write_text(sarif(result("leak", "note", "9.1"), result("style", "error", "3.0"), result("crash", "error")))
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        imported = site.confirmed("audit", "import", str(report))
        assert (imported.code, imported.out) == (0, "3 new findings recorded.\n")
        assert site.operator.ask("import_sarif", document=report.read_text())["new"] == []
        sentence = "Release Blocked. You have 2 Unresolved High Severity Audit Logs."
        assert agent.sentence(await agent.prepare(client)) == sentence
        found = site.operator.ask("findings", open_only=True)
        for number in [one["number"] for one in found if one["finding"]["severity"] == "high"]:
            assert site.confirmed("audit", "resolve", str(number), "--reason", "A false alarm").code == 0
        prepared = await agent.good(client, "prepare_release", type="minor")
        assert agent.sentence(prepared).startswith("Release candidate")


async def test_a_finding_of_an_earlier_sprint_does_not_count(site: Installation) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        site.operator.ask("import_sarif", document=sarif(result("leak", "error")))
        assert agent.sentence(await agent.prepare(client)).startswith("Release Blocked. You have 1 Unresolved")
        site.operator.ask("close_sprint")
        assert agent.sentence(await agent.prepare(client)).startswith("Release candidate")


@pytest.mark.requirement("P1.1-audit")
async def test_three_calls_of_the_locked_production_within_a_minute_are_high(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        for severities in (["low"], ["low", "low"], ["low", "low", "high"]):
            early = await agent.call(client, "deploy", target="production", version="v0.1.0")
            assert early.is_error
            found = site.operator.ask("findings", open_only=True)
            assert [one["finding"]["severity"] for one in found] == severities
            assert found[-1]["finding"]["rule"] == "locked-production-deploy"
        await agent.good(client, "abandon_release", reason="Too eager")
        again = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(again) == "Release Blocked. You have 1 Unresolved High Severity Audit Log."
        assert "findings    3 open: " in site.run("status").out


async def test_a_locked_call_of_another_tool_is_no_finding(site: Installation) -> None:
    async with governed(site) as client:
        for _ in range(3):
            assert (await agent.call(client, "prepare_release", type="minor")).is_error
            assert (await agent.call(client, "deploy", target="staging")).is_error
    assert site.operator.ask("findings", open_only=False) == []
