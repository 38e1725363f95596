"""`make pictures`, the moving one: a release followed in the console, and approved there by a passkey."""

import asyncio
import io
import sys
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from mcp import Client
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from tests.browser.authenticator import Authenticator
from tests.browser.conftest import OPTIONS, executable, site_of
from tests.browser.test_passkeys import approve, enrol
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import governed
from tests.protocol.small import Small, two_services

WIDTH, HEIGHT = 960, 720
FRAME_SECONDS = 0.25
SHORTEST_MS, LONGEST_MS, LAST_MS = 300, 1500, 5000
"""How long a picture stands: a change is seen, and a wait is not waited for."""
Frame = tuple[float, bytes]


async def record(page: Page, frames: list[Frame]) -> None:
    """What the page shows, again and again until this is cancelled; one that shows the same as before is left out."""
    while True:
        shown = await page.screenshot()
        if not frames or frames[-1][1] != shown:
            frames.append((time.monotonic(), shown))
        await asyncio.sleep(FRAME_SECONDS)


async def play(site: Site) -> list[Frame]:
    """One release, as a person sees it who follows and approves it in the browser."""
    frames: list[Frame] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        ada = await Visitor.create(browser, site, width=WIDTH)
        await ada.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        await ada.sign_in()
        await Authenticator.attach(ada.page)
        await enrol(site, ada, "ada")
        await ada.page.goto(f"{site.origin}/")
        recording = asyncio.create_task(record(ada.page, frames))
        async with governed(site.installation) as client:
            await _released(site, ada, client)
        recording.cancel()
        with suppress(asyncio.CancelledError):
            await recording
        frames.append((time.monotonic(), await ada.page.screenshot()))
        await browser.close()
    return frames


async def _released(site: Site, ada: Visitor, client: Client) -> None:
    page = ada.page
    await page.get_by_role("link", name="Shop").first.click()
    await agent.good(client, "start_sprint", name="Gifts")
    await agent.good(client, "run_tests")
    await agent.good(client, "prepare_release", type="minor")
    await agent.good(client, "deploy", target="staging")
    await agent.until_unlocked(client, "production")
    await agent.good(client, "deploy", target="production", version="v0.1.0")
    await page.get_by_role("link", name="Read the question and decide").click()
    await expect(page.locator(".defcon")).to_be_visible()
    await page.mouse.wheel(0, 500)
    await asyncio.sleep(1)
    await approve(ada)
    await page.wait_for_url(site.project)
    await agent.until_busy(client, "VERIFYING")
    await page.goto(f"{site.project}/verification")
    await agent.until_state(client, "IDLE")
    await page.goto(f"{site.project}/releases/0.1.0")
    await expect(page.locator("#release .chip")).to_have_text("released")


def write(frames: list[Frame], file: Path) -> None:
    stands = [min(max(int((after - at) * 1000), SHORTEST_MS), LONGEST_MS) for (at, _), (after, _) in pairwise(frames)]
    first, *others = (Image.open(io.BytesIO(shown)).convert("RGB") for _, shown in frames)
    first.save(file, save_all=True, append_images=others, duration=[*stands, LAST_MS], loop=0, quality=60, method=6)


def main(file: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as place, two_services() as services:
        small = Small.create(Path(place), "shop-7f3a", *services)
        small.change_policy(
            {
                "project": {"name": "Shop"},
                "staging": {"soak": "4s"},
                "production.approval": {"approvers": "approvers"},
                "production.verification": {"window": "10s"},
            }
        )
        small.commit("Release with Sentinel")
        with site_of(Path(place), small) as site:
            write(asyncio.run(play(site)), file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
