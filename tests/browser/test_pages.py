"""Every page as people see it: readable for everybody, in both themes, and on a phone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.scenery import PAGES, released
from tests.browser.states import States, pages, serving
from tests.browser.visitor import Site, Theme, Visitor
from tests.protocol import agent
from tests.protocol.releasing import Live, governed

SCREENS: tuple[tuple[Theme, int], ...] = (("light", 1280), ("dark", 1280), ("light", 360))


@pytest.mark.timeout(240)
async def test_no_page_has_a_finding_of_axe_and_all_fit_on_a_phone(site: Site, live: Live, browser: Browser) -> None:
    await released(site, live)
    found: list[Any] = []
    for theme, width in SCREENS:
        visitor = await Visitor.create(browser, site, theme=theme, width=width, checked=True)
        await visitor.sign_in()
        for path in (f"/projects/{site.small.id}{page}" for page in PAGES):
            await visitor.page.goto(f"{site.origin}{path}")
            await expect(visitor.page.locator("h1")).to_be_visible()
            found += [(theme, width, path, fault) for fault in await visitor.unfit()]
        await visitor.close()
    assert found == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("theme", "width"), SCREENS)
async def test_no_state_of_a_project_has_a_finding_of_axe_and_all_fit_on_a_phone(
    browser: Browser, tmp_path: Path, theme: Theme, width: int
) -> None:
    engine, found = States(), list[Any]()
    async with serving(tmp_path, engine) as console:
        visitor = await Visitor.create(browser, console, theme=theme, width=width, checked=True)
        for path in ("/", "/sign-in"):  # nobody is signed in
            await visitor.page.goto(f"{console.origin}{path}")
            found += [(path, fault) for fault in await visitor.unfit()]
        await visitor.sign_in()
        for name, path, _ in pages(engine):
            await visitor.page.goto(f"{console.origin}{path}")
            await expect(visitor.page.locator("h1")).to_be_visible()
            found += [(name, fault) for fault in await visitor.unfit()]
        await visitor.close()
    assert found == []


async def test_moments_are_shown_in_the_readers_zone_with_utc_in_the_title(browser: Browser, tmp_path: Path) -> None:
    async with serving(tmp_path, States()) as console:
        visitor = await Visitor.create(browser, console, zone="America/New_York")
        await visitor.sign_in()
        await visitor.page.goto(f"{console.origin}/projects/soaking")
        prepared = visitor.page.locator("#candidate time").first
        await expect(prepared).to_have_text("2030-05-01 08:00:00 GMT-4")
        await expect(prepared).to_have_attribute("title", "2030-05-01 12:00:00 UTC")
        await visitor.close()


async def test_without_javascript_moments_are_in_utc_which_is_said(browser: Browser, tmp_path: Path) -> None:
    async with serving(tmp_path, States()) as console:
        context = await browser.new_context(java_script_enabled=False, timezone_id="America/New_York")
        page = await context.new_page()
        await page.goto(console.link())
        await page.get_by_role("button", name="Continue").click()
        await page.goto(f"{console.origin}/projects/soaking")
        await expect(page.locator("#candidate time").first).to_have_text("2030-05-01 12:00:00 UTC")
        await context.close()


async def test_the_keyboard_alone_leads_to_a_decision(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await page.goto(site.origin)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await ada.tab_to(page.get_by_role("link", name="Small"))
        await page.keyboard.press("Enter")
        await ada.tab_to(page.get_by_role("link", name="Read the question and decide"))
        await page.keyboard.press("Enter")
        await ada.tab_to(page.get_by_label("to approve"))
        await page.keyboard.type("DEPLOY-NOW")
        await page.keyboard.press("Enter")
        await page.wait_for_url(site.project)
        assert (await agent.until_state(client, "IDLE", "ACTIVE"))["production"]["version"] == "0.1.0"
