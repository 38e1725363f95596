"""A browser before the console, with one project that waits for an answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sentinel.core.release.states import State
from tests.core.projects import project
from tests.front.console.consoles import Browser, Engine, browsing


@pytest.fixture
def engine() -> Engine:
    waiting = project(State.AWAITING_APPROVAL)
    return Engine({waiting.id: waiting})


@pytest.fixture
async def browser(tmp_path: Path, engine: Engine) -> AsyncIterator[Browser]:
    async with browsing(tmp_path, engine) as browser:
        yield browser


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    return await browser.sign_in()
