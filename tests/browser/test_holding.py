"""What keeps a release back, and what a person decides about it in a browser; the plan before all of it."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import Live, governed, history


def entries(site: Site, kind: str) -> list[str]:
    return [str(entry["actor"]) for entry in history(site.installation) if entry["kind"] == kind]


async def approve(visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(f"{visitor.site.project}/question")
    await page.get_by_label("to approve").fill("DEPLOY-NOW")
    await page.get_by_role("button", name="Approve").click()
    await page.wait_for_url(visitor.site.project)


async def test_a_person_holds_releases_and_ends_a_hold_with_its_reason_shown(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await agent.to_candidate(client)
        await page.goto(site.project)
        await agent.good(client, "hold_release", reason="The error budget is spent.")
        await expect(page.locator("#held")).to_contain_text("The error budget is spent.")
        await page.goto(site.origin)
        await expect(page.locator(".card")).to_contain_text("Put on hold by agent:")
        await page.goto(site.project)
        await page.get_by_role("button", name="End the hold").click()
        await expect(page.locator("#held")).to_have_text("")
        assert await agent.targets(client) == ["staging"]
        await page.get_by_text("Put releases on hold").click()
        await page.get_by_label("Reason").fill("An incident.")
        await page.get_by_role("button", name="Put on hold").click()
        await expect(page.locator("#held")).to_contain_text("An incident.")
        assert await agent.targets(client) == []
    assert [actor.partition(":")[0] for actor in entries(site, "hold.set")] == ["agent", "person"]
    assert [actor.partition(":")[0] for actor in entries(site, "hold.ended")] == ["person"]


async def test_a_hold_that_has_another_reason_by_now_is_not_ended(site: Site, ada: Visitor) -> None:
    page, operator = ada.page, site.installation.operator
    async with governed(site.installation) as client:
        await agent.to_candidate(client)
        await agent.good(client, "hold_release", reason="The first reason.")
        await page.route("**/changes*", lambda route: route.abort())  # the page stays as it is
        await page.goto(site.project)
        operator.ask("unhold", reason="The first reason.")
        operator.ask("hold", reason="Another reason.")
        await page.get_by_role("button", name="End the hold").click()
        await expect(page.get_by_role("alert")).to_contain_text("Another reason.")
        assert operator.ask("status")["status"]["hold"]["reason"] == "Another reason."


async def test_a_release_goes_outside_of_a_closed_window_with_a_persons_reason(
    site: Site, live: Live, ada: Visitor
) -> None:
    page, today = ada.page, datetime.now(UTC).date()
    freeze = [{"from": today - timedelta(days=1), "until": today + timedelta(days=9), "reason": "the great sale"}]
    live.small.change_policy({"production.windows": {"timezone": "UTC", "freeze": freeze}})
    live.small.commit("Sell in peace")
    async with governed(site.installation) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        await page.goto(site.project)
        await expect(page.locator("#window")).to_contain_text("the great sale")
        await page.get_by_text("Deploy outside of the window").click()
        await page.get_by_label("cannot wait").fill("Customers cannot pay.")
        await page.get_by_role("button", name="Allow v0.1.0 outside of the window").click()
        await expect(page.locator("#candidate")).to_contain_text("Customers cannot pay.")
        await expect(page.locator("#window")).to_have_text("")
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        await page.goto(f"{site.project}/question")
        await expect(page.locator("#exceptions")).to_contain_text("Customers cannot pay.")
        await approve(ada)
        assert (await agent.until_state(client, "IDLE", "HALTED"))["production"]["version"] == "0.1.0"
    assert len(entries(site, "window.waived")) == 1


async def test_a_person_starts_a_hotfix_which_stands_on_the_project_and_in_the_question(
    site: Site, live: Live, ada: Visitor
) -> None:
    page = ada.page
    live.small.change_policy({"staging": {"soak": "1h"}, "hotfix": {"soak": "1ms"}})
    live.small.edit("CHANGELOG.md", {"### Added": "### Fixed"})
    live.small.commit("Mend the checkout")
    async with governed(site.installation) as client:
        await page.goto(f"{site.project}/plan")
        await page.get_by_label("Reason").fill("Customers cannot pay.")
        await page.get_by_role("button", name="Start a hotfix").click()
        await expect(page.locator("#hotfix")).to_contain_text("Customers cannot pay.")
        await page.get_by_role("button", name="End the hotfix").click()
        await expect(page.locator("#hotfix")).to_have_text("")
        await page.goto(f"{site.project}/plan")
        await page.get_by_label("Reason").fill("Customers still cannot pay.")
        await page.get_by_role("button", name="Start a hotfix").click()
        await expect(page.locator("#hotfix .chip")).to_have_text("Hotfix")
        await agent.to_candidate(client, "patch")
        await agent.good(client, "deploy", target="staging")
        tag = (await agent.state(client))["release"]["tag"]
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version=tag)
        await page.goto(f"{site.project}/question")
        await expect(page.locator("#exceptions")).to_contain_text("Customers still cannot pay.")


async def test_the_plan_says_what_the_next_release_would_be_and_what_blocks_it(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await agent.good(client, "start_sprint", name="One")
        await page.goto(f"{site.project}/plan")
        await expect(page.locator("#next")).to_contain_text("Release Blocked. You have No Test Run.")
        await expect(page.locator("#next")).to_contain_text("v0.1.0")
        await expect(page.locator("#gates")).to_contain_text("run_tests")
        await expect(page.locator("#notes")).to_contain_text("Everything.")
        await expect(page.locator("#commands")).to_contain_text("deploy/production.sh")
        await expect(page.locator("#asked")).to_contain_text("DEPLOY-NOW")
        await agent.good(client, "run_tests")
        await page.get_by_role("link", name="major").click()
        await expect(page.locator("#next .chip")).to_have_text("ready to prepare")
        await expect(page.locator(".types [aria-current]")).to_have_text("major")
        assert (await agent.state(client))["release"] is None
