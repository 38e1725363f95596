"""Sessions: how they begin, what they hold on to, and how they end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel.adapters.console_sessions import LENGTH, SessionFiles
from sentinel.errors.daemon import NotAnOperatorError
from sentinel.front.console.server import SECONDS, Holder, Links
from tests.front.console.consoles import Browser, Engine, browsing

NOW = datetime(2030, 5, 1, tzinfo=UTC)


@dataclass
class Group:
    """The operators' group of the system, as it is now."""

    members: set[str]
    socket_mode: int = 0o660

    def check(self, uid: int, person: str) -> None:
        if person not in self.members:
            raise NotAnOperatorError(user=person, reason=f"the user {uid} is not in the group operators")


async def test_without_a_session_no_page_is_shown(browser: Browser) -> None:
    for path in ("/", "/projects/shop-7f3a", "/projects/shop-7f3a/question", "/changes?of=/", "/nothing"):
        answer = await browser.get(path)
        assert (answer.status_code, "sentinel console" in answer.text) == (401, True), path
    assert browser.engine.asked == []


async def test_a_link_is_not_spent_by_looking_at_it_and_works_once(browser: Browser) -> None:
    secret = browser.link()
    for _ in range(3):
        assert "signs you in as ada" in (await browser.get(f"/open?link={secret}")).text
    assert (await browser.post("/open", link=secret)).status_code == 200
    used = await browser.post("/open", link=secret)
    assert (used.status_code, "expired or was used" in used.text) == (409, True)


async def test_a_cookie_is_http_only_and_strict_and_named_by_the_port(browser: Browser) -> None:
    answer = await browser.post("/open", link=browser.link())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("sentinel-7467=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_behind_tls_the_cookie_is_the_hosts_alone(tmp_path: Path) -> None:
    async with browsing(tmp_path, Engine(), origin="https://sentinel.example.org") as browser:
        answer = await browser.client.post(
            "/open", data={"link": browser.link()}, headers={"Origin": "https://sentinel.example.org"}
        )
    assert answer.headers["set-cookie"].startswith("__Host-sentinel=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


async def test_the_next_page_is_one_of_the_console(browser: Browser) -> None:
    for given, expected in {
        "/projects/a": "/projects/a",
        "//evil.example": "/",
        "https://evil.example": "/",
        "/\\evil.example": "/",
        "": "/",
    }.items():
        answer = await browser.post("/open", link=browser.link(), next=given)
        assert f'data-following="{expected}"' in answer.text, given


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(ada: Browser) -> None:
    copy = dict(ada.client.cookies)
    assert (await ada.post("/sign-out")).status_code == 200
    ada.client.cookies.update(copy)
    assert (await ada.get("/")).status_code == 401


async def test_a_session_outlasts_the_daemon_and_is_ended_for_all_replicas(tmp_path: Path) -> None:
    first, second = SessionFiles(tmp_path), SessionFiles(tmp_path)
    begun = first.begin("ada", NOW, uid=1000)
    assert second.find(begun.secret, NOW) == begun.session
    assert second.end_all() == 1
    assert first.find(begun.secret, NOW) is None


async def test_a_session_ends_by_itself_and_its_file_goes_with_the_next_one(tmp_path: Path) -> None:
    files = SessionFiles(tmp_path)
    begun = files.begin("ada", NOW, uid=1000)
    assert files.find(begun.secret, NOW + LENGTH) is None
    assert files.find(begun.secret, NOW - timedelta(seconds=1)) is None
    files.begin("bob", NOW + LENGTH, uid=1001)
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_what_is_stored_opens_nothing(tmp_path: Path) -> None:
    files = SessionFiles(tmp_path)
    begun = files.begin("ada", NOW, uid=1000)
    (path,) = tmp_path.glob("*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert begun.secret not in path.read_text() + path.name
    assert begun.form_token not in path.read_text()
    assert files.find(path.stem, NOW) is None


def test_a_link_expires() -> None:
    now = [0.0]
    links = Links(lambda: now[0])
    secret = links.make(Holder("ada", 1000))
    now[0] = SECONDS
    assert links.use(secret) is None


async def test_who_is_no_operator_any_more_is_let_in_no_more(tmp_path: Path) -> None:
    group = Group({"ada"})
    async with browsing(tmp_path, Engine(), admission=group) as browser:
        await browser.sign_in()
        assert (await browser.get("/")).status_code == 200
        group.members = set()
        assert (await browser.get("/")).status_code != 200
        assert (await browser.post("/open", link=browser.link())).status_code != 200
