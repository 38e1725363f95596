"""Every page as people see it: readable for everybody, in both themes, and on a phone."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.scenery import PAGES, released
from tests.browser.visitor import Site, Theme, Visitor
from tests.protocol.releasing import Live

_SPEC = find_spec("axe_playwright_python")
assert _SPEC is not None
assert _SPEC.origin is not None
AXE = next(Path(_SPEC.origin).parent.rglob("axe*.js")).read_text(encoding="utf-8")
THEMES: tuple[tuple[Theme, int], ...] = (("light", 1280), ("dark", 1280), ("light", 360))
RUN = "async () => (await axe.run()).violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.target).join(' ')}`)"


@pytest.mark.timeout(240)
async def test_no_page_has_a_finding_of_axe_and_all_fit_on_a_phone(site: Site, live: Live, browser: Browser) -> None:
    await released(site, live)
    found: list[Any] = []
    for theme, width in THEMES:
        visitor = await Visitor.create(browser, site, theme=theme, width=width, checked=True)
        await visitor.sign_in()
        for path in ("/", "/passkey", *(f"/projects/{site.small.id}{page}" for page in PAGES)):
            await visitor.page.goto(f"{site.origin}{path}")
            await expect(visitor.page.locator("h1")).to_be_visible()
            await visitor.page.evaluate(AXE)
            found += [(theme, width, path, violation) for violation in await visitor.page.evaluate(RUN)]
            across = await visitor.page.evaluate("document.documentElement.scrollWidth")
            assert across <= width, path
        await visitor.close()
    assert found == []


async def test_the_keyboard_alone_leads_to_a_decision(site: Site, ada: Visitor) -> None:
    page = ada.page
    site.installation.pin()
    await page.goto(site.origin)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("main a").first).to_be_focused()
