"""A halted project in a browser: the page says what to look at, and a person rolls back or says what runs."""

import pytest
from mcp import Client
from playwright.async_api import expect

from tests.adapters.http_services import answers
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import Live, governed, release


@pytest.fixture
def broken(live: Live) -> Live:
    """Its rollback fails until the file `mended` is there."""
    live.script("rollback", f"test -e {live.file('mended')} || exit 1")
    live.small.commit("Need a disk to roll back")
    return live


async def halted(site: Site, live: Live, client: Client) -> None:
    """Production runs 0.2.0, which failed its verification, and so did the script that takes it back."""
    assert (await release(client, site.installation))["state"] == "IDLE"
    live.small.next_changes("0.1.0", "More")
    live.faults["0.2.0"] = answers(500)
    assert (await release(client, site.installation))["state"] == "HALTED"


async def test_a_halted_page_says_what_to_look_at_and_rolls_back(site: Site, broken: Live, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await halted(site, broken, client)
        await page.goto(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("HALTED")
        await page.get_by_role("link", name="Look at production and decide").click()
        await expect(page.locator("#halted")).to_contain_text(site.small.production.url)
        await expect(page.locator("#halted")).to_contain_text("sentinel logs")
        await page.get_by_role("link", name="What the verification measured").click()
        await expect(page.locator("h1")).to_have_text("Verification")
        await page.goto(f"{site.project}/production")
        await expect(page.locator(".defcon")).to_contain_text("rollback: v0.2.0 -> v0.1.0")
        broken.file("mended").touch()
        await page.get_by_label("Reason").fill("The disk is mended")
        await page.get_by_label("to confirm").fill("ROLLBACK-NOW")
        await page.get_by_role("button", name="Roll back").click()
        await expect(page.locator("#headline .chip")).to_have_text("ACTIVE")
        assert (await agent.state(client))["production"]["version"] == "0.1.0"
    assert broken.version() == "0.1.0"


async def test_a_halted_project_is_resolved_with_what_a_person_says_that_runs(
    site: Site, broken: Live, ada: Visitor
) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await halted(site, broken, client)
        await page.goto(f"{site.project}/production")
        await page.get_by_role("button", name="Resolve").click()  # nothing is chosen: the browser asks for it
        await expect(page.get_by_role("radio", name="0.1.0")).to_be_visible()
        await page.get_by_role("radio", name="0.1.0").check()
        await page.get_by_role("button", name="Resolve").click()
        await expect(page.locator("#headline .chip")).to_have_text("ACTIVE")
        found = await agent.state(client)
        assert (found["state"], found["production"]["version"]) == ("ACTIVE", "0.1.0")
