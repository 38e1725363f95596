"""A whole release, watched and decided in a browser."""

from playwright.async_api import expect

from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import governed


async def test_a_release_is_watched_and_approved_with_the_phrase(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await page.goto(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        await agent.good(client, "start_sprint", name="One")
        await expect(page.locator("#headline .chip")).to_have_text("ACTIVE")
        await agent.to_question(client)
        await page.get_by_role("link", name="Read the question and decide").click()
        await expect(page.locator(".defcon")).to_contain_text(
            "[SENTINEL DEFCON 1]\ntarget: PRODUCTION\nversion: v0.1.0"
        )
        await page.get_by_label("to approve").fill("DEPLOY-NOW")
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(site.project)
        await expect(page.locator("#production")).to_contain_text("0.1.0")
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
