"""`make gallery`: every page in every state, light, dark and on a phone, for whoever changes how the console looks."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.conftest import OPTIONS, executable, site_of
from tests.browser.scenery import PAGES, released
from tests.browser.states import States, pages, serving
from tests.browser.visitor import Theme, Visitor
from tests.protocol.releasing import Live
from tests.protocol.small import Small, two_services

SCREENS: tuple[tuple[str, Theme, int], ...] = (
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("phone", "light", 360),
)
TALLEST = 2600


async def picture(page: Page, target: Path) -> None:
    width, height = await page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0.0, "y": 0.0, "width": float(width), "height": float(min(height, TALLEST))}
    await page.screenshot(path=target, full_page=True, clip=clip)  # type: ignore[arg-type]


async def of_states(browser: Browser, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        engine = States()
        async with serving(Path(place), engine) as console:
            for screen, theme, width in SCREENS:
                visitor = await Visitor.create(browser, console, theme=theme, width=width, zone="Europe/Berlin")
                await visitor.page.goto(f"{console.origin}/")
                await picture(visitor.page, folder / f"signed-out.{screen}.png")
                await visitor.page.goto(f"{console.origin}/sign-in")
                await picture(visitor.page, folder / f"sign-in.{screen}.png")
                await visitor.sign_in()
                for name, path, now in pages(engine):
                    await visitor.page.clock.set_fixed_time(now)
                    await visitor.page.goto(f"{console.origin}{path}")
                    await picture(visitor.page, folder / f"{name}.{screen}.png")
                await visitor.close()


async def of_releases(browser: Browser, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as place, two_services() as services:
        small = Small.create(Path(place), "shop-7f3a", *services)
        small.change_policy({"project": {"name": "Shop"}, "production.verification": {"window": "12s"}})
        small.commit("Watch longer")
        live = Live.create(small)
        with site_of(Path(place), small) as site:
            await released(site, live)
            for screen, theme, width in SCREENS:
                visitor = await Visitor.create(browser, site, theme=theme, width=width, zone="Europe/Berlin")
                await visitor.sign_in()
                for path in PAGES:
                    await visitor.page.goto(f"{site.project}{path}")
                    await picture(visitor.page, folder / f"real{path.replace('/', '-')}.{screen}.png")
                await visitor.close()


async def main(folder: Path, kinds: str) -> None:
    folder.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        if kinds in ("", "states"):
            await of_states(browser, folder)
        if kinds in ("", "releases"):
            await of_releases(browser, folder)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
