"""`sentinel try staging`: the working copy's script, health and smoke, which count for nothing."""

import json
from pathlib import Path

import pytest

from tests.adapters.http_services import answers
from tests.protocol import agent
from tests.protocol.installation import Done, Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


def rehearse(site: Installation, typed: str = "yes") -> Done:
    return site.at_terminal("try", "staging", typed=typed, prompt="to confirm): ")


def build(small: Small) -> None:
    (small.root / "out").mkdir()
    (small.root / "out" / "app").write_text("built by hand\n")


def test_a_person_rehearses_what_nobody_has_committed_or_trusted(site: Installation, small: Small) -> None:
    build(small)
    small.script("staging", f'cat "$SENTINEL_ARTIFACTS/out/app" >>{small.marks}')
    small.change_policy({"environment": {"pass": ["LANG"]}})
    before = site.operator.ask("audit_entries", after=0, limit=1000)
    done = rehearse(site)
    assert done.code == 0, done.out
    assert "It counts for nothing: no release, no soak, no evidence." in done.out
    assert small.marked() == ["staging 0.0.0-rehearsal", "built by hand", "smoke 0.0.0-rehearsal"]
    assert [request.target for request in small.staging.requests] == ["/healthz"]
    assert site.operator.ask("audit_entries", after=0, limit=1000) == before
    assert site.status()["state"] == "IDLE"


@pytest.mark.parametrize("typed", ["no", "YES", ""])
def test_anything_but_yes_runs_nothing(site: Installation, small: Small, typed: str) -> None:
    build(small)
    done = rehearse(site, typed)
    assert (done.code, small.marked()) == (1, [])


def test_without_a_terminal_nothing_runs(site: Installation, small: Small) -> None:
    build(small)
    done = site.run("try", "staging", given="yes\n")
    assert (done.code, small.marked()) == (1, [])
    assert "`sentinel try staging` requires a real terminal" in done.err


def test_a_failure_is_named(site: Installation, small: Small) -> None:
    nothing = rehearse(site)
    assert "The build made no file that matches out/app." in nothing.out
    build(small)
    small.script("smoke", "exit 7")
    assert "The rehearsal failed. The smoke command ended with exit code 7." in rehearse(site).out
    small.change_policy({"staging": {"health_timeout": "300ms"}})
    small.staging.behaviour = answers(404)
    unhealthy = rehearse(site)
    assert (unhealthy.code, "/healthz answered 404, for 0.3 s." in unhealthy.out) == (2, True), unhealthy.out
    small.change_policy({"staging": {"timeout": "200ms"}})
    small.script("staging", "exec tail -f /dev/null")
    assert "The staging command did not end within 0.2 s." in rehearse(site).out


def test_a_secret_of_daemon_toml_is_given(own: Installation, small: Small, short_folder: Path) -> None:
    build(small)
    token = short_folder / "token"
    token.touch(mode=0o600)
    token.write_text("example-phrase-123\n")
    own.home.mkdir()
    source = f"file = {json.dumps(str(token))}\nprojects = {json.dumps([small.id])}\n"
    (own.home / "daemon.toml").write_text(f"[secrets.SHOP_TOKEN]\n{source}")
    small.change_policy({"environment": {"secrets": ["SHOP_TOKEN"]}})
    small.script("staging", f"printf %s\\\\n $SHOP_TOKEN >>{small.marks}")
    assert rehearse(own).code == 0
    assert "example-phrase-123" in small.marked()


async def test_what_soaks_on_staging_is_left_alone(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        build(small)
        done = rehearse_refused(site)
    assert (done.code, "Staging is in use by a release: the state is SOAKING." in done.out) == (1, True), done.out
    assert "staging 0.0.0-rehearsal" not in small.marked()


def rehearse_refused(site: Installation) -> Done:
    return site.at_terminal("try", "staging", typed="", prompt="nothing is asked")
