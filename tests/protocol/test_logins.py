"""Services behind a login: its secret is sent to them, and stands nowhere."""

import json
from collections.abc import Mapping

import pytest
from mcp import Client, types

from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import Service
from tests.core.secret_forms import leaks
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release
from tests.protocol.small import Small

PHRASE = "example-phrase-123"
BASIC = "Basic dXNlcjpleGFtcGxlLXBocmFzZS0xMjM="


def keep(own: Installation, live: Live, value: str, *, projects: list[str] | None = None) -> None:
    token = live.file("login")
    token.touch(mode=0o600)
    token.write_text(f"{value}\n")
    own.home.mkdir(exist_ok=True)
    source = {"file": str(token), "projects": projects or [live.small.id]}
    lines = "\n".join(f"{key} = {json.dumps(part)}" for key, part in source.items())
    (own.home / "daemon.toml").write_text(f"[secrets.SHOP_LOGIN]\n{lines}\n")


def name(live: Live, login: str = "SHOP_LOGIN") -> None:
    live.small.change_policy({"staging": {"login": login}, "production": {"login": login}})
    live.small.commit("Name the login")


def sent(service: Service) -> set[str]:
    return {request.headers.get("authorization", "") for request in service.requests}


@pytest.mark.parametrize(
    ("value", "header"), [(f"user:{PHRASE}", BASIC), (f"Authorization: Bearer {PHRASE}", f"Bearer {PHRASE}")]
)
async def test_a_login_is_sent_to_staging_and_production_and_kept_nowhere(
    own: Installation, live: Live, value: str, header: str
) -> None:
    keep(own, live, value)
    name(live)
    async with governed(own) as client:
        released = await release(client, own)
    assert released["state"] == "IDLE", released
    assert sent(live.small.staging) == {header}
    assert sent(live.small.production) == {header}
    own.stop()
    kept = [file for file in own.home.rglob("*") if file.is_file()]
    assert {str(file): found for file in kept if (found := leaks(file.read_bytes(), PHRASE, BASIC[6:]))} == {}


REFUSED: Mapping[str, tuple[str, list[str] | None, str]] = {
    "of another project": ("user:phrase", ["another"], "may not use"),
    "that is no login": (PHRASE, None, 'a login is "user:password", or lines of the form "Header: value"'),
}


@pytest.mark.parametrize(("value", "projects", "said"), REFUSED.values(), ids=REFUSED)
async def test_a_login_that_cannot_be_used_is_found_out_before(
    own: Installation, live: Live, value: str, projects: list[str] | None, said: str
) -> None:
    keep(own, live, value, projects=projects)
    name(live)
    async with governed(own) as client:
        refused = await agent.prepare(client) if projects is None else await agent_tests(client)
    assert said in agent.text(refused)
    assert PHRASE not in agent.text(refused)


async def agent_tests(client: Client) -> types.CallToolResult:
    await agent.good(client, "start_sprint", name="One")
    return await agent.call(client, "run_tests")


@pytest.mark.parametrize("key", ["staging", "production", "production.verification.prometheus"])
async def test_a_login_in_an_address_is_refused_by_trust_without_being_shown(
    site: Installation, small: Small, key: str
) -> None:
    keys: dict[str, object] = {"url": f"http://user:{PHRASE}@127.0.0.1:8001"}
    queries = {"error_rate": "a", "latency": "b"} if key.endswith("prometheus") else {}
    small.change_policy({key: {**keys, **queries}})
    small.commit("Log in")
    with pytest.raises(ReportedError) as refusal:
        site.pin()
    assert refusal.value.what == f"`{key}.url` contains a login, which would be shown and stored."
    doctor = site.run("doctor")
    assert f"FAIL {key}.url: " in doctor.out
    async with site.client("2026") as client:
        told = agent.text(await agent_tests(client))
    assert PHRASE not in f"{told}{doctor.out}{refusal.value}{site.run('status').out}{site.run('audit', 'list').out}"
