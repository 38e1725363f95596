"""What pages show, whatever strings a project is made of."""

import html
import re

from sentinel.core.release.model import OperationKind
from sentinel.core.release.states import State
from tests.core.projects import deployed, project, release, running, sprint
from tests.front.console.consoles import Browser, Engine

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y> \u202e\u200b\x1b[31m &amp; {{7*7}}"


async def test_all_projects_are_shown_those_that_wait_first(ada: Browser, engine: Engine) -> None:
    engine.projects["b"] = project(State.IDLE, id="b", name="Bakery")
    engine.projects["c"] = project(State.HALTED, id="c", name="Cinema", lineage=(deployed("1.0.0"), deployed("1.1.0")))
    text = (await ada.get("/")).text
    assert "2 of 3 projects wait for a person" in text
    assert text.index("Cinema") < text.index("shop") < text.index("Bakery")


async def test_every_state_has_its_page(ada: Browser, engine: Engine) -> None:
    for state in State:
        engine.projects["p"] = project(state, id="p", lineage=(deployed("1.0.0"), deployed("1.1.0")))
        answer = await ada.get("/projects/p")
        assert (answer.status_code, f">{state}</span>" in answer.text) == (200, True), state


async def test_no_string_of_a_project_becomes_part_of_a_page(ada: Browser, engine: Engine) -> None:
    candidate = release(notes=f"{HOSTILE}\n- {HOSTILE}", tag=f"v1{HOSTILE}", remarks=(HOSTILE,))
    hostile = project(State.SOAKING, id="p", name=HOSTILE, root=HOSTILE, candidate=candidate)
    hostile = hostile.model_copy(update={"sprint": sprint().model_copy(update={"name": HOSTILE})})
    engine.projects["p"] = hostile
    for path in ("/", "/projects/p", "/projects/p/question"):
        text = (await ada.get(path)).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert not re.search("[\u202e\u200b\x1b]", text)
        assert html.escape("<script>alert(1)</script>") in text


async def test_a_running_operation_shows_its_step(ada: Browser, engine: Engine) -> None:
    engine.projects["p"] = running(project(State.ACTIVE, id="p"), OperationKind.TESTS)
    text = (await ada.get("/projects/p")).text
    assert "Running: tests" in text


async def test_an_unknown_project_or_page_is_a_sentence_with_a_way_back(ada: Browser) -> None:
    for path in ("/projects/none", "/projects/shop-7f3a/none", "/none"):
        answer = await ada.get(path)
        assert (answer.status_code, "All projects" in answer.text) == (404, True), path
