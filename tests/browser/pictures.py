"""`make pictures`: the main pages of the console, of real releases of a small project."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from tests.browser.conftest import OPTIONS, executable, site_of
from tests.browser.scenery import released
from tests.browser.visitor import Site, Theme, Visitor
from tests.protocol.releasing import Live
from tests.protocol.small import Small, two_services

SHOWN: tuple[tuple[str, str, Theme, int], ...] = (
    ("projects", "/", "light", 1120),
    ("overview", "", "light", 1120),
    ("plan", "/plan", "light", 1120),
    ("question", "/question", "light", 1120),
    ("question-dark", "/question", "dark", 1120),
    ("question-phone", "/question", "light", 360),
    ("verification", "/verification/{failed}", "dark", 1120),
    ("release", "/releases/0.2.0", "light", 1120),
    ("history", "/history", "dark", 1120),
    ("findings-phone", "/findings", "dark", 360),
    ("insights", "/insights", "light", 1120),
)
"""Each picture with its page, theme and width."""
TALLEST = 1400
COLOURS = 128
"""More are not seen in a page of text, and make the picture larger."""


async def take(site: Site, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        for name, path, theme, width in SHOWN:
            visitor = await Visitor.create(browser, site, theme=theme, width=width)
            await visitor.sign_in()
            page = path.format(failed=_failed(site))
            await visitor.page.goto(f"{site.origin}{page}" if page == "/" else f"{site.project}{page}")
            await visitor.page.locator("main").wait_for()
            height = await visitor.page.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0.0, "y": 0.0, "width": float(width), "height": float(min(height, TALLEST))}
            shown = await visitor.page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
            small = Image.open(io.BytesIO(shown)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(folder / f"{name}.png", optimize=True)
            await visitor.close()
        await browser.close()


def _failed(site: Site) -> str:
    """The deployment of the release that production was taken back from."""
    operations: list[str] = site.installation.operator.ask("release", version="0.3.0")["release"]["operations"]
    watched = (one for one in operations if _is_watched(site, one))
    return next(watched)


def _is_watched(site: Site, operation: str) -> bool:
    try:
        return bool(site.installation.operator.ask("verification", operation=operation))
    except Exception:  # noqa: BLE001 - it watched nothing
        return False


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as place, two_services() as services:
        small = Small.create(Path(place), "shop-7f3a", *services)
        small.change_policy({"project": {"name": "Shop"}, "production.verification": {"window": "12s"}})
        live = Live.create(small)
        with site_of(Path(place), small) as site:
            asyncio.run(released(site, live))
            asyncio.run(take(site, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
