"""Who may ask what of the console, and what every answer is sent with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sentinel.core.release.states import State
from sentinel.core.tools.status import Trust
from sentinel.engine.api import OperatorRequest
from sentinel.engine.people.approval import Approve, Reject
from sentinel.engine.people.candidate import HoldReleases, UnholdReleases, WaiveWindow
from sentinel.engine.people.passkeys import MayApprove
from sentinel.engine.people.sprint import StartHotfix
from sentinel.front.console.decisions import DECISIONS, FORM_LIMIT
from sentinel.front.console.screens import PAGES
from tests.core.projects import project
from tests.front.console.consoles import ORIGIN, Browser, Engine, browsing

APPROVE = "/projects/shop-7f3a/question/approve"
FIELDS = {"approval_id": "a", "plan_digest": "d", "phrase": "DEPLOY-NOW"}


def decisions(browser: Browser) -> list[object]:
    return [request for _, request in browser.engine.asked if isinstance(request, Approve | Reject)]


@pytest.mark.parametrize("path", ["/", "/open", "/static/console.css", "/static/none", "/nothing", "/changes"])
async def test_every_answer_carries_the_policy(browser: Browser, path: str) -> None:
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for part in (
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ):
        assert part in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


async def test_pages_hold_no_script_and_no_style_of_their_own(ada: Browser) -> None:
    for path in ("/", "/projects/shop-7f3a"):
        text = (await ada.get(path)).text
        assert text.count("<script") == 1
        assert '<script type="module" src="/static/console.js"></script>' in text
        assert "<style" not in text
        assert " style=" not in text
        assert " on" not in text.replace(" on ", "").partition("<body")[2].partition("=")[0]


@pytest.mark.parametrize("host", ["127.0.0.1:7467", "evil.example", "localhost", "localhost:7467.evil.example"])
async def test_another_name_of_this_host_is_not_answered(ada: Browser, host: str) -> None:
    answer = await ada.get("/", Host=host)
    assert (answer.status_code, ORIGIN in answer.text) == (421, True)


async def test_a_form_without_the_sessions_token_decides_nothing(ada: Browser) -> None:
    for token in ("", "x", ada.token[:-1], ada.token + "A"):
        answer = await ada.post(APPROVE, **{**FIELDS, "token": token})
        assert answer.status_code == 403
    assert decisions(ada) == []


@pytest.mark.parametrize("path", [one.path.replace("{number:int}", "1") for one in DECISIONS])
async def test_no_form_decides_without_the_sessions_token(ada: Browser, path: str) -> None:
    for token in ("", ada.token[:-1]):
        answer = await ada.post(f"/projects/shop-7f3a{path}", reason="Because.", production="none", token=token)
        assert answer.status_code == 403
    assert ada.engine.asked == []


@pytest.mark.parametrize(
    ("path", "request_type"),
    [("hold", HoldReleases), ("unhold", UnholdReleases), ("window/waive", WaiveWindow), ("hotfix/start", StartHotfix)],
)
async def test_what_needs_a_reason_is_not_decided_without_one(
    ada: Browser, path: str, request_type: type[OperatorRequest]
) -> None:
    ada.engine.answers[request_type] = lambda _: None
    given = {"release_id": "release-1"} if request_type is WaiveWindow else {}
    if request_type is not UnholdReleases:  # whose reason is the hold's own
        answer = await ada.post(f"/projects/shop-7f3a/{path}", **given)
        assert (answer.status_code, ada.engine.asked) == (400, [])
    answer = await ada.post(f"/projects/shop-7f3a/{path}", reason="Customers cannot pay.", **given)
    assert answer.status_code == 303
    assert ada.engine.asked == [
        ("person:ada", request_type.model_validate({"reason": "Customers cannot pay.", **given}))
    ]


async def test_the_token_is_in_no_page_and_no_cookie(ada: Browser) -> None:
    for path in ("/", "/projects/shop-7f3a", "/projects/shop-7f3a/question"):
        answer = await ada.get(path)
        assert ada.token not in answer.text + str(answer.headers)
    assert ada.token not in str(ada.client.cookies)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Origin": "https://localhost:7467"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_request_of_another_origin_decides_nothing(ada: Browser, headers: dict[str, str]) -> None:
    answer = await ada.client.post(APPROVE, data={"token": ada.token, **FIELDS}, headers=headers)
    assert answer.status_code == 403
    assert decisions(ada) == []


async def test_another_persons_token_does_not_fit(ada: Browser) -> None:
    first = ada.token
    await ada.sign_in("bob")
    answer = await ada.post(APPROVE, **{**FIELDS, "token": first})
    assert answer.status_code == 403


async def test_reading_changes_nothing(ada: Browser) -> None:
    assert (await ada.get(f"{APPROVE}?token={ada.token}&phrase=DEPLOY-NOW")).status_code == 404
    assert decisions(ada) == []


async def test_a_large_form_is_refused(ada: Browser) -> None:
    answer = await ada.post(APPROVE, **{**FIELDS, "phrase": "x" * FORM_LIMIT})
    assert (answer.status_code, decisions(ada)) == (413, [])


async def test_an_agents_token_opens_nothing(browser: Browser) -> None:
    answer = await browser.get("/", Authorization="Bearer sentinel_abcdef")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("trust", "origin", "decided"),
    [
        ("separated", ORIGIN, 0),
        ("separated", "https://sentinel.example.org", 1),
        ("advisory", ORIGIN, 1),
    ],
)
async def test_in_separated_mode_a_console_whose_port_others_could_take_decides_nothing(
    tmp_path: Path, engine: Engine, trust: Trust, origin: str, decided: int
) -> None:
    """An agent's program on that port, while the daemon is down, is sent the cookie and reads the form's token."""
    engine.answers[Reject] = lambda _: None
    async with browsing(tmp_path, engine, origin=origin, trust=trust) as browser:
        await browser.sign_in()
        answer = await browser.post("/projects/shop-7f3a/question/reject", approval_id="a")
        assert len(decisions(browser)) == decided
        assert decided or (answer.status_code, "sentinel approve" in answer.text) == (409, True)


@dataclass
class OfOneProject(Engine):
    """The passkey may approve for `theirs` alone."""

    theirs: str = "own"

    async def ask(self, person: str, project: str, request: Any) -> object:
        if isinstance(request, MayApprove):
            return project == self.theirs
        return await Engine.ask(self, person, project, request)


async def test_a_passkey_of_another_project_reads_and_decides_nothing(tmp_path: Path) -> None:
    found = [project(State.AWAITING_APPROVAL, id=one, name=f"The {one} shop") for one in ("own", "other")]
    engine = OfOneProject({one.id: one for one in found})
    named = {"project": "other", "version": "1.0.0", "operation": "o"}
    async with browsing(tmp_path, engine) as browser:
        begun = browser.sessions.begin("ada", datetime.now(UTC), key="of ada")
        browser.client.headers["Cookie"], browser.token = f"sentinel-7467={begun.secret}", begun.form_token
        assert "The own shop" in (await browser.get("/projects/own")).text
        shown = (await browser.get("/")).text
        assert ("The own shop" in shown, "The other shop" in shown) == (True, False)
        for path in (*PAGES, "/projects/{project}/proof.tar"):
            answer = await browser.get(path.format_map(named)) if path != "/" else None
            assert answer is None or (answer.status_code, "The other shop" in answer.text) == (404, False), path
        del engine.asked[:]
        for one in DECISIONS:
            path = one.path.replace("{number:int}", "1")
            given = {"reason": "Because.", "text": "Confirmed.", "production": "none"}
            sent = await browser.post(f"/projects/other{path}", **FIELDS, **given)
            assert sent.status_code == 404, one.path
        assert engine.asked == []
        engine.theirs = "other"  # the passkey was removed from the approvers of the one, and added to the other's
        assert (await browser.get("/projects/own")).status_code == 404
        shown = (await browser.get("/")).text
        assert ("The own shop" in shown, "The other shop" in shown) == (False, True)
