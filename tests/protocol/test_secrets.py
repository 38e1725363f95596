"""Secrets: given to those that may have them, and found nowhere else, whatever a script prints."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import Service, answers, until
from tests.core.secret_forms import leaks
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release, service

TOKEN = "dep/loy+tok€n \"7'&"  # noqa: S105 - a stand-in
BUILD_TOKEN = "npm_B0FUbU1sZA"  # noqa: S105 - likewise
TOKENS = (TOKEN, BUILD_TOKEN)
CHANGED = "dep10y-again"
PRINTS = """
import base64, json, os, sys, time, urllib.parse
token = os.environ["DEPLOY_TOKEN"]
raw = token.encode()
for form in (
    token,
    f"https://deploy:{urllib.parse.quote(token)}@example.org/?t={urllib.parse.quote_plus(token)}",
    json.dumps({"token": token}),
    base64.b64encode(b"deploy:" + raw).decode(),
    base64.urlsafe_b64encode(raw).decode(),
    raw.hex(),
    os.environ["BUILD_TOKEN"],
):
    print(form)
for letter in f"in pieces: {token}.":
    print(letter, end="", flush=True)
    time.sleep(0.002)
print()
sys.exit(3)
"""


@pytest.fixture
def inbox() -> Iterator[Service]:
    with service(answers(200, b"ok\n")) as running:
        yield running


@pytest.fixture
def own(own: Installation) -> Installation:
    return Installation(own.home, own.project, {"FROM_HERE": BUILD_TOKEN})


def keep_secrets(own: Installation, live: Live, inbox: Service, *, project: str | None = None) -> None:
    """A daemon.toml with a secret in a file, one in the daemon's environment and one that a command prints."""
    token = live.file("token")
    token.touch(mode=0o600)
    token.write_text(f"{TOKEN}\n")
    projects = json.dumps([project or live.small.id])
    own.home.mkdir(exist_ok=True)
    (own.home / "daemon.toml").write_text(
        f"notifications.addresses = [{json.dumps(inbox.url.replace('http://', 'json://'))}]\n"
        f"[secrets.DEPLOY_TOKEN]\nfile = {json.dumps(str(token))}\nprojects = {projects}\n"
        f'[secrets.BUILD_TOKEN]\nenvironment = "FROM_HERE"\nprojects = {projects}\n'
        f'[secrets.PRINTED]\ncommand = ["cat", {json.dumps(str(token))}]\nprojects = {projects}\n'
    )


def name_secrets(live: Live, environment: dict[str, Any], production: dict[str, Any]) -> None:
    small = live.small
    small.change_policy(
        {
            "environment": environment,
            "tests": {"command": f"env -0 >{live.file('tests.env')}"},
            "production.environment": production,
        }
    )
    small.commit("Name secrets")


def variables(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().split("\0") if line)


async def test_a_script_that_prints_its_token_in_every_form_leaks_it_nowhere(
    own: Installation, live: Live, inbox: Service
) -> None:
    keep_secrets(own, live, inbox)
    (live.small.root / "deploy" / "prints.py").write_text(PRINTS)
    live.script(
        "production", f"env -0 >{live.file('production.env')}; {shlex.quote(sys.executable)} deploy/prints.py; exit 3"
    )
    name_secrets(
        live, {"secrets": ["BUILD_TOKEN"], "optional": ["FROM_HERE"]}, {"secrets": ["DEPLOY_TOKEN", "PRINTED"]}
    )
    async with governed(own) as client:
        failed = await release(client, own)
        status = await agent.call(client, "release_status")
        answers_of_all = json.dumps(status.model_dump(mode="json"), ensure_ascii=False)
        assert failed["state"] == "HALTED", failed
        own.operator.ask("resolve", production=None)
        own.operator.ask("close_sprint")
        started = await agent.good(client, "start_sprint", name=f"With {TOKEN}")
        assert "With ***" in agent.text(started)
        bad = agent.text(await agent.call(client, "prepare_release", type=TOKEN))
        with pytest.raises(ReportedError) as refusal:
            own.operator.ask("adopt", version=TOKEN)
        quoted = (bad, str(refusal.value))
        assert all("***" in text for text in quoted), quoted
        log = next(own.home.glob("operations/*/*/production/1/output.log")).read_text()
        assert log.count("***") == 9, log
        assert "in pieces: ***.\n" in log
        assert log.splitlines()[-1] == "in pieces: ***."
        listed = [own.run("audit", *words).out for words in (("list",), ("export",), ("list", "--findings"))]
        assert "in pieces: ***." in listed[1]
        shown = own.run("status").out
        await until(lambda: b"HALTED" in b"".join(request.body for request in inbox.requests), 60)
    own.stop()
    given = {name: variables(live.file(f"{name}.env")) for name in ("tests", "production")}
    assert (given["tests"]["BUILD_TOKEN"], given["production"]["BUILD_TOKEN"]) == (BUILD_TOKEN, BUILD_TOKEN)
    assert (given["production"]["DEPLOY_TOKEN"], given["production"]["PRINTED"]) == (TOKEN, TOKEN)
    assert not {"DEPLOY_TOKEN", "PRINTED", "FROM_HERE"} & given["tests"].keys()
    told = b"".join(request.body for request in inbox.requests)
    assert b"HALTED" in told
    for text in (answers_of_all, *quoted, *listed, shown):
        assert leaks(text.encode(), *TOKENS) == []
    assert leaks(told, *TOKENS) == []
    kept = [file for file in own.home.rglob("*") if file.is_file()]
    assert any(file.name == "order.json" for file in kept)
    assert {str(file): found for file in kept if (found := leaks(file.read_bytes(), *TOKENS))} == {}


async def test_a_file_that_is_called_like_a_token_is_named_without_it(
    own: Installation, live: Live, inbox: Service
) -> None:
    keep_secrets(own, live, inbox)
    name_secrets(live, {"secrets": ["BUILD_TOKEN"]}, {})
    live.small.write(f"left-{BUILD_TOKEN}", "by whatever ran here\n")
    async with governed(own) as client:
        said = agent.text(await agent.prepare(client))
    assert "left-***" in said
    own.stop()
    assert leaks(said.encode(), BUILD_TOKEN) == []
    assert [file for file in own.home.glob("sentinel.db*") if leaks(file.read_bytes(), BUILD_TOKEN)] == []


async def refused(client: Client) -> str:
    """What the tests come to where a secret cannot be had."""
    await agent.good(client, "start_sprint", name="One")
    return agent.text(await agent.call(client, "run_tests"))


async def test_a_secret_of_production_that_the_daemon_does_not_have_is_found_out_at_the_tests(
    own: Installation, live: Live, inbox: Service
) -> None:
    keep_secrets(own, live, inbox)
    name_secrets(live, {}, {"secrets": ["UNHEARD_OF"]})
    async with governed(own) as client:
        said = await refused(client)
    assert "The policy names the secret UNHEARD_OF, which this daemon does not have." in said
    assert not live.file("tests.env").exists()
    doctor = own.run("doctor")
    assert "FAIL secrets: The policy names the secret UNHEARD_OF, which this daemon does not have." in doctor.out


async def test_a_secret_of_another_project_is_refused(own: Installation, live: Live, inbox: Service) -> None:
    keep_secrets(own, live, inbox, project="another")
    name_secrets(live, {"secrets": ["BUILD_TOKEN"]}, {})
    async with governed(own) as client:
        said = await refused(client)
    assert f"The policy names the secret BUILD_TOKEN, which the project {live.small.id} may not use." in said
    assert not live.file("tests.env").exists()


async def test_a_changed_secret_holds_at_once_and_one_that_is_gone_is_said(
    own: Installation, live: Live, inbox: Service
) -> None:
    keep_secrets(own, live, inbox)
    name_secrets(live, {"secrets": ["DEPLOY_TOKEN"]}, {})
    async with governed(own) as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        live.file("token").write_text(CHANGED)
        await agent.good(client, "run_tests")
        assert variables(live.file("tests.env"))["DEPLOY_TOKEN"] == CHANGED
        live.file("token").unlink()
        said = agent.text(await agent.call(client, "run_tests"))
    assert "The secret DEPLOY_TOKEN cannot be read: No such file or directory." in said
