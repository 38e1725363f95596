"""What pages show, whatever strings a project is made of."""

import html
import re

from sentinel.core.release.contents import ChangedFile, Contents, ReleaseCommit
from sentinel.core.release.model import OperationKind
from sentinel.core.release.states import State
from sentinel.engine.people.projects import ViewProject
from sentinel.front.console.pages.projects import sentence_of
from tests.browser.states import states
from tests.core.projects import artifact, deployed, project, release, running, sprint
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
    named = (ReleaseCommit(id="c" * 40, author=HOSTILE, subject=HOSTILE),)
    changed = (ChangedFile(path=HOSTILE, insertions=1, deletions=2),)
    contents = Contents(base=None, commits=named, commit_count=1, files=changed)
    candidate = release(notes=f"{HOSTILE}\n- {HOSTILE}", tag=f"v1{HOSTILE}", remarks=(HOSTILE,), contents=contents)
    candidate = candidate.model_copy(update={"artifacts": (artifact(HOSTILE),)})
    hostile = project(State.AWAITING_APPROVAL, id="p", name=HOSTILE, root=HOSTILE, candidate=candidate)
    hostile = hostile.model_copy(update={"sprint": sprint().model_copy(update={"name": HOSTILE})})
    engine.projects["p"] = hostile
    for path in ("/", "/projects/p", "/projects/p/question"):
        answer = await ada.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert not re.search("[\u202e\u200b\x1b]", answer.text)
        assert html.escape("<script>alert(1)</script>") in answer.text


async def test_the_question_shows_what_it_is_decided_on(ada: Browser) -> None:
    text = (await ada.get("/projects/shop-7f3a/question")).text
    for shown in ("[SENTINEL DEFCON 1]", "DEPLOY-NOW", "dist/shop.tar.gz", "Staging", "deploy/production.sh", "HALTED"):
        assert shown in text, shown


async def test_a_running_operation_shows_its_step(ada: Browser, engine: Engine) -> None:
    engine.projects["p"] = running(project(State.ACTIVE, id="p"), OperationKind.TESTS)
    text = (await ada.get("/projects/p")).text
    assert "Running: tests" in text


async def test_an_unknown_project_or_page_is_a_sentence_with_a_way_back(ada: Browser) -> None:
    for path in ("/projects/none", "/projects/shop-7f3a/none", "/none"):
        answer = await ada.get(path)
        assert (answer.status_code, "All projects" in answer.text) == (404, True), path


async def test_how_a_project_stands_is_said_without_what_its_page_shows_beside_it() -> None:
    for name, one in states().items():
        said = sentence_of(one.view)
        assert said, name
        for beside in (str(one.project.state), " is running", "unlocks in", "on hold", "window is closed"):
            assert beside not in said, (name, said)
        assert said[0].isupper() or said.startswith("v"), said


async def test_the_protocols_sentences_stay_as_they_are() -> None:
    shown = states()
    blocked = "Release Blocked. You have 1 Open Task, Stale Tests and an Untrusted Policy."
    assert sentence_of(shown["blocked"].view) == blocked
    assert sentence_of(shown["rolling-back"].view).startswith("Automatic Rollback Triggered due to PDV failure.\n")


async def test_a_closed_window_is_not_called_unlocked(ada: Browser, engine: Engine) -> None:
    engine.answers[ViewProject] = lambda _: states()["closed"].view
    text = (await ada.get("/projects/closed")).text
    assert "Window closed" in text
    assert "unlocked" not in text
