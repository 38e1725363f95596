"""What a script would miss in production is found out before a person is asked for anything."""

import json
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed
from tests.protocol.small import Small

MISSING = "pass` names DEPLOY_TOKEN, and the daemon's environment has no such variable."
SECTIONS = ("environment", "production.environment")


def demand(small: Small, section: str, keys: dict[str, object]) -> None:
    small.change_policy({section: keys})
    small.commit("Need something")


@pytest.mark.parametrize("section", SECTIONS)
async def test_a_variable_that_the_daemon_lacks_is_named_by_trust_doctor_and_prepare(
    own: Installation, live: Live, section: str
) -> None:
    demand(live.small, section, {"pass": ["DEPLOY_TOKEN"]})
    said = f"`[{section}] {MISSING}"
    doctor = own.run("doctor")
    assert doctor.code == 2
    assert f"FAIL environment: {said} A person sets DEPLOY_TOKEN and starts the daemon again" in doctor.out
    assert f"Warning: {said}" in own.trust().out
    async with own.client("2026") as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have an Incomplete Environment."
    assert [one["gate"] for one in agent.structured(refused)["blocked_by"]] == ["environment"]
    assert said in agent.text(refused)


async def test_the_advice_works(own: Installation, live: Live) -> None:
    demand(live.small, "production.environment", {"pass": ["DEPLOY_TOKEN"], "optional": ["SHOP_PROXY"]})
    own.trust()
    own.stop()
    started = Installation(own.home, own.project, {"DEPLOY_TOKEN": "0123456789"})
    assert started.run("daemon", "start").code == 0
    async with started.client("2026") as client:
        await agent.to_candidate(client)
    assert "ok   environment: every variable, file and secret that the policy names exists" in own.run("doctor").out


async def test_a_daemon_that_lost_the_variable_refuses_the_request_before_a_person_is_asked(
    own: Installation, live: Live
) -> None:
    demand(live.small, "production.environment", {"pass": ["DEPLOY_TOKEN"]})
    started = Installation(own.home, own.project, {"DEPLOY_TOKEN": "0123456789"})
    async with governed(started) as client:
        await agent.to_soaked(client)
        own.stop()
    assert own.run("daemon", "start").code == 0
    async with own.client("2026") as client:
        asked = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.structured(asked)["state"] == "SOAKING"
    assert f"Production stays LOCKED. `[production.environment] {MISSING}" in agent.text(asked)


ENV_FILES = {
    "that is absent": (lambda _file: None, "cannot be read: No such file or directory."),
    "that is a folder": (Path.mkdir, "cannot be read: it is not a regular file."),
    "with a broken line": (lambda file: file.write_text("A=1\nno assignment\n"), "line 2: this is not NAME=value."),
}


@pytest.mark.parametrize(("make", "said"), ENV_FILES.values(), ids=ENV_FILES)
async def test_an_environment_file_of_production_is_looked_at_before(
    site: Installation, live: Live, make: object, said: str
) -> None:
    assert callable(make)
    make(file := live.file("production.env"))
    demand(live.small, "production.environment", {"env_file": str(file)})
    async with governed(site) as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have an Incomplete Environment."
    assert said in agent.text(refused)


async def test_a_secret_of_production_that_cannot_be_read_is_found_out_before(own: Installation, live: Live) -> None:
    secret = {"file": str(live.file("token")), "projects": [live.small.id]}
    own.home.mkdir()
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in secret.items())
    (own.home / "daemon.toml").write_text(f"[secrets.DEPLOY_TOKEN]\n{lines}\n")
    demand(live.small, "production.environment", {"secrets": ["DEPLOY_TOKEN"]})
    async with governed(own) as client:
        refused = await agent.prepare(client)
    assert "The secret DEPLOY_TOKEN cannot be read: No such file or directory." in agent.text(refused)
