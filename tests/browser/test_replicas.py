"""Two daemons that share their projects and one address: a page goes on when the one behind it dies."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.forwarding import forwarded
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.shop import free_port
from tests.protocol.small import Small

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def replicas(postgres_url: str, short_folder: Path, small: Small) -> Iterator[tuple[int, list[tuple[Site, int]]]]:
    """The port of their address, and each replica with the port that it listens on itself."""
    address, sites = free_port(), list[tuple[Site, int]]()
    extra = {"SENTINEL_DATABASE_URL": postgres_url, "SENTINEL_SHARED": str(short_folder / "shared")}
    small.change_policy({"production.approval": {"channels": ["terminal", "console"]}})
    small.commit("Decide in the console")
    with ExitStack() as stack:
        for number in range(2):
            home, port = short_folder / f"home-{number}", free_port()
            home.mkdir()
            console = f'[console]\nlisten = "127.0.0.1:{port}"\naddress = "http://localhost:{address}"\n'
            (home / "daemon.toml").write_text(console)
            installation = Installation(home, small.root, extra)
            stack.callback(installation.stop)
            assert installation.run("daemon", "start").code == 0
            sites.append((Site(installation, small, f"http://localhost:{address}"), port))
        yield address, sites


def process(site: Installation) -> int:
    """The daemon's, as it says itself."""
    said = re.search(r'"pid": (\d+)', (site.home / "daemon.log").read_text())
    assert said is not None
    return int(said[1])


async def test_an_open_page_goes_on_at_another_replica_and_decides_there(
    replicas: tuple[int, list[tuple[Site, int]]], browser: Browser
) -> None:
    address, ((first, first_port), (second, second_port)) = replicas
    async with forwarded(address, (first_port, second_port)):
        ada = await Visitor.create(browser, first)
        await ada.sign_in()
        page = ada.page
        async with governed(second.installation) as client:
            await page.goto(first.project)
            await expect(page.locator("#headline .chip")).to_have_text("IDLE")
            os.kill(process(first.installation), signal.SIGKILL)
            await agent.to_question(client)
            await expect(page.locator("#headline .chip")).to_have_text("AWAITING_APPROVAL")
            await expect(page.locator("#connection")).to_have_text("")
            await page.get_by_role("link", name="Read the question and decide").click()
            await page.get_by_label("to approve").fill("DEPLOY-NOW")
            await page.get_by_role("button", name="Approve").click()
            await expect(page.locator("#headline .chip")).to_have_text("IDLE")
            assert (await agent.state(client))["production"]["version"] == "0.1.0"
        assert ada.violations == []
        assert ada.faults == []
        await ada.close()
