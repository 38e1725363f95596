"""Pages that are rendered once for many readers, and what each reader gets all the same."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import htpy as h
import pytest

from sentinel.core.release.states import State
from sentinel.front.console.elements import Clocked, since, until
from sentinel.front.console.page import Page, Part, RenderedPages
from tests.core.projects import project
from tests.front.console.consoles import Browser, Engine, browsing

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def pages() -> RenderedPages:
    return RenderedPages()


def page(made: list[str], word: str, *, tail: str = "") -> Page:
    made.append(word)
    return Page(word, (Part("word", h.p[word, tail]),))


def test_a_page_of_equal_values_is_rendered_once(pages: RenderedPages) -> None:
    made: list[str] = []
    first, second = (pages.of("/", partial(page, made, word)) for word in ("a", "".join("a")))
    assert (first is second, made) == (True, ["a"])


@pytest.mark.parametrize("other", [{"word": "b"}, {"word": "a", "tail": "!"}])
def test_a_page_of_another_value_is_rendered_anew(pages: RenderedPages, other: dict[str, str]) -> None:
    made: list[str] = []
    pages.of("/", partial(page, made, word="a"))
    anew = pages.of("/", partial(page, made, **other))
    assert "".join(other.values()) in "".join(anew.parts["word"].pieces)
    assert len(made) == 2


def test_only_the_pages_that_were_read_last_are_kept(pages: RenderedPages) -> None:
    made: list[str] = []
    for number in range(RenderedPages.MOST):
        pages.of(number, partial(page, made, str(number)))
    pages.of(0, partial(page, made, "0"))
    pages.of("one more", partial(page, made, "one more"))
    del made[:]
    pages.of(0, partial(page, made, "0"))
    pages.of(1, partial(page, made, "1"))
    assert made == ["1"]


def test_clocks_go_on_in_what_is_not_rendered_again() -> None:
    html = Clocked.of(str(h.p[until(NOW + timedelta(minutes=5)), " and ", since(NOW - timedelta(hours=2))]))
    assert ">05:00</time> and <" in html.at(NOW)
    assert ">2 h 0 min</time></p>" in html.at(NOW)
    later = html.at(NOW + timedelta(minutes=4, seconds=30))
    assert (">00:30</time>" in later, ">2 h 4 min</time>" in later) == (True, True)
    assert (">00:00</time>" in html.at(NOW + timedelta(hours=1))) is True


def test_html_without_a_clock_is_as_it_was() -> None:
    assert Clocked.of("<p>noon</p>").at(NOW) == "<p>noon</p>"


async def test_no_string_of_a_project_becomes_a_clock(ada: Browser, engine: Engine) -> None:
    name = '<time data-until="0"> data-since="0">'
    engine.projects["p"] = project(State.IDLE, id="p", name=name)
    text = (await ada.get("/projects/p")).text
    assert text.count("data-until=&#34;0&#34;&gt; data-since=&#34;0&#34;&gt;") >= 2


async def test_two_people_read_one_page_each_under_their_own_name(tmp_path: Path, engine: Engine) -> None:
    async with browsing(tmp_path, engine) as browser:
        texts = []
        for person in ("ada", "bob", "ada"):
            await browser.sign_in(person)
            texts.append((await browser.get("/projects/shop-7f3a")).text)
    assert [[f"<span>{name}</span>" in text for name in ("ada", "bob")] for text in texts] == [
        [True, False],
        [False, True],
        [True, False],
    ]
    assert texts[0] == texts[2]


async def test_a_change_is_on_the_next_page(ada: Browser, engine: Engine) -> None:
    for state in State:
        engine.projects["p"] = project(state, id="p")
        assert f">{state}</span>" in (await ada.get("/projects/p")).text


async def test_a_browser_keeps_scripts_and_styles_until_they_change(browser: Browser) -> None:
    first = await browser.get("/static/console.css")
    again = await browser.get("/static/console.css", **{"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await browser.get("/static/console.css", **{"If-None-Match": '"older"'})).status_code == 200
