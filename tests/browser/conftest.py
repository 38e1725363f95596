"""Real Chromium before a real daemon: what it shows, and what its content policy had to refuse."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.visitor import Site, Visitor
from tests.protocol.conftest import live, short_folder, small
from tests.protocol.installation import Installation
from tests.protocol.shop import free_port
from tests.protocol.small import Small

__all__ = ["live", "short_folder", "small"]
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def executable() -> str | None:
    """Debian's Chromium, or the one that CHROMIUM names."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def site_of(folder: Path, small: Small) -> Iterator[Site]:
    """The small project under a daemon of its own with a console, whose policy lists its channel."""
    home, port = folder / "home", free_port()
    home.mkdir()
    (home / "daemon.toml").write_text(f'[console]\nlisten = "127.0.0.1:{port}"\n')
    small.change_policy({"production.approval": {"channels": ["terminal", "console"]}})
    small.commit("Decide in the console")
    installation = Installation(home, small.root)
    while installation.run("daemon", "start").code:
        assert "does not answer yet" in installation.run("daemon", "start").err
    yield Site(installation, small, f"http://localhost:{port}")
    installation.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = executable()
    if chromium is None:
        pytest.skip("there is no Chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield running
        await running.close()


@pytest.fixture
def site(short_folder: Path, small: Small) -> Iterator[Site]:
    with site_of(short_folder, small) as site:
        yield site


@pytest.fixture
async def ada(browser: Browser, site: Site) -> AsyncIterator[Visitor]:
    """A person with a signed-in page; the content policy must have had nothing to refuse."""
    visitor = await Visitor.create(browser, site)
    await visitor.sign_in()
    yield visitor
    assert visitor.violations == []
    assert visitor.faults == []
    await visitor.close()
