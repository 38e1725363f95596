"""`deploy(target="staging")` (protocol 2): script, health, version and smoke test, of which each can fail."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, types

from tests.adapters.http_services import Behaviour, answers, hangs, in_turn, talks_nonsense, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

SECONDS = 60.0


async def refused(client: Client, why: str) -> types.CallToolResult:
    """Staging fails for the reason `why`, and production stays locked for the same one."""
    staged = await agent.call(client, "deploy", target="staging")
    assert staged.is_error
    sentence = agent.sentence(staged)
    assert sentence.startswith(f"Staging of v0.1.0 failed; production stays LOCKED. {why}"), agent.text(staged)
    assert agent.structured(staged)["state"] == "RELEASE_CANDIDATE"
    assert await agent.targets(client) == ["staging"]
    locked = await agent.call(client, "deploy", target="production", version="v0.1.0")
    assert locked.is_error
    assert agent.sentence(locked) == f"Production is LOCKED: v0.1.0 has not passed staging. {sentence}"
    return staged


@pytest.mark.requirement("P2-staging-first", "P2.1-script", "P2.1-health", "P2.1-smoke", "P1-privileged")
async def test_staging_runs_the_script_then_looks_at_health_then_runs_the_smoke_test(
    site: Installation, small: Small, era: str
) -> None:
    async with governed(site, era=era) as client:
        assert "deploy" not in await agent.names(client)
        await agent.to_candidate(client)
        assert await agent.targets(client) == ["staging"]
        assert "staging 0.1.0" not in small.marked()
        small.staging.behaviour = in_turn(answers(503), answers(503), answers(200))
        small.staging.requests.clear()  # before the release it was only looked whether the address is there
        staged = await agent.good(client, "deploy", target="staging")
        assert agent.sentence(staged) == "v0.1.0 is on staging and healthy. Production unlock in 00:01."
        assert [request.target for request in small.staging.requests] == ["/healthz"] * 3
        assert small.marked() == ["tests ", "build 0.1.0", "staging 0.1.0", "smoke 0.1.0"]


async def test_another_version_than_the_candidates_is_refused_and_nothing_runs(
    site: Installation, small: Small
) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        for version in ("v9.9.9", "0.1", "0.1.00", "v0.1.0-rc1", "latest"):
            refused = await agent.call(client, "deploy", target="staging", version=version)
            assert refused.is_error
            assert agent.sentence(refused) == f"{version} is not the release candidate, which is v0.1.0."
            assert 'Call `deploy(target="staging")`.' in agent.text(refused)
            assert agent.structured(refused)["state"] == "RELEASE_CANDIDATE"
        assert "staging 0.1.0" not in small.marked()


@pytest.mark.parametrize("version", ["v0.1.0", "0.1.0", " 0.1.0 ", "", None])
async def test_the_candidates_own_version_may_be_named_for_staging(
    site: Installation, small: Small, version: str | None
) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        staged = await agent.good(client, "deploy", target="staging", version=version)
        assert agent.structured(staged)["state"] == "SOAKING"
    assert "staging 0.1.0" in small.marked()


@pytest.mark.requirement("P2.1-gate", "P2.1-script", "P2.1-smoke")
@pytest.mark.parametrize("script", ["staging", "smoke"])
async def test_a_script_that_fails_leaves_production_locked(site: Installation, small: Small, script: str) -> None:
    small.script(script, "echo there is no room; exit 3")
    small.commit("Fail")
    async with governed(site) as client:
        await agent.to_candidate(client)
        staged = await refused(client, f"The {script} command ended with exit code 3 after ")
        assert "there is no room" in agent.text(staged)
    assert ("smoke 0.1.0" in small.marked()) == (script == "smoke")


UNHEALTHY: dict[str, Behaviour] = {
    "answered 500, for 1 s.": answers(500),
    "redirected with 302, and redirects are not followed, for 1 s.": answers(302, location="/welcome"),
    "did not answer within ": hangs,
    "gave no answer (": talks_nonsense,
}


@pytest.mark.requirement("P2.1-gate", "P2.1-health")
async def test_a_staging_that_is_not_healthy_leaves_production_locked(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"health_timeout": "1s"}})
    small.commit("Wait for a second")
    async with governed(site) as client:
        await agent.to_candidate(client)
        for said, behaviour in UNHEALTHY.items():
            small.staging.behaviour = behaviour
            await refused(client, f"Staging is not healthy: {small.staging.url}/healthz {said}")
    assert "smoke 0.1.0" not in small.marked()


async def test_an_instance_that_answers_as_another_version_is_not_healthy(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"version_path": "/version", "health_timeout": "1s"}})
    commit = small.commit("Ask for the version")
    async with governed(site) as client:
        await agent.to_candidate(client)
        small.staging.behaviour = answers(200, b"10.1.0")
        await refused(
            client, f'Staging is not healthy: {small.staging.url}/version answered "10.1.0", which is not v0.1.0'
        )
        small.staging.behaviour = answers(200, f'{{"commit": "{commit}"}}'.encode())
        await agent.good(client, "deploy", target="staging")


HANGS = """sleep 600 &
echo "$$ $!" >{pids}
wait"""


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def hanging(small: Small) -> Iterator[Path]:
    """Where a staging script that never ends has written its process id and that of what it started."""
    pids = small.marks.with_suffix(".pids")
    small.script("staging", HANGS.format(pids=pids))
    small.commit("Hang")
    yield pids
    assert not any(alive(int(pid)) for pid in pids.read_text().split())


async def test_a_script_that_hangs_is_stopped_at_its_timeout_with_all_that_it_started(
    site: Installation, small: Small, hanging: Path
) -> None:
    small.change_policy({"staging": {"timeout": "1s"}})
    small.commit("Wait for a second")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await refused(client, "The staging command did not end within its time and was stopped after ")
    assert hanging.exists()


async def test_a_staging_that_is_abandoned_is_cancelled_with_all_that_it_started(
    site: Installation, hanging: Path
) -> None:
    async with governed(site) as client, site.client("2025") as other:
        await agent.to_candidate(client)
        staging = asyncio.create_task(agent.call(client, "deploy", target="staging"))
        await until(hanging.exists, SECONDS)
        abandoned = await agent.call(other, "abandon_release", reason="It takes too long")
        staged = await staging
        assert agent.sentence(abandoned).startswith("Staging of v0.1.0 was ended by agent:")
        left = "v0.1.0 is still the release candidate; production stays LOCKED."
        assert agent.sentence(abandoned).endswith(f": It takes too long. {left}")
        assert agent.sentence(staged) == agent.sentence(abandoned)
        assert (abandoned.is_error, staged.is_error) == (False, True)
        assert agent.structured(abandoned)["ok"]
        assert agent.structured(staged)["state"] == "RELEASE_CANDIDATE"
        assert await agent.targets(other) == ["staging"]


async def test_output_without_end_is_cut_and_hostile_output_is_shown_harmless(site: Installation, small: Small) -> None:
    small.script("staging", "head -c 200000000 /dev/zero")
    small.script("smoke", r"printf 'caf\351 \033[31mred \377\376\n'; exit 1")
    small.commit("Talk")
    async with governed(site) as client:
        await agent.to_candidate(client)
        staged = await refused(client, "The smoke command ended with exit code 1 after ")
        assert "caf\N{REPLACEMENT CHARACTER} red" in agent.text(staged)
        assert "\x1b" not in agent.text(staged)
    (log,) = (site.home / "operations" / small.id).glob("*/staging/1/output.log")
    assert log.stat().st_size < 20_000_000


async def test_a_command_gets_what_the_policy_passes_and_what_it_needs_to_know(
    site: Installation, small: Small
) -> None:
    small.change_policy({"environment": {"pass": ["LANG"], "optional": ["SENTINEL_HOME"], "path": ["/opt/tools"]}})
    small.script(
        "staging", f"env >{small.marks}.env; pwd >>{small.marks}.env; git status --porcelain >>{small.marks}.env"
    )
    commit = small.commit("Show the environment")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        release = (await agent.state(client))["release"]
    *lines, folder = Path(f"{small.marks}.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines)
    assert {name: value for name, value in given.items() if name.startswith("SENTINEL_")} == {
        "SENTINEL_TARGET": "staging",
        "SENTINEL_VERSION": "0.1.0",
        "SENTINEL_COMMIT": commit,
        "SENTINEL_ARTIFACTS": given["SENTINEL_ARTIFACTS"],
        "SENTINEL_URL": small.staging.url,
        "SENTINEL_RELEASE_ID": release["id"],
        "SENTINEL_ATTEMPT": "1",
        "SENTINEL_FENCE": given["SENTINEL_FENCE"],
        "SENTINEL_RUN": given["SENTINEL_RUN"],
    }
    assert given["PATH"].startswith("/opt/tools:")
    assert given["LANG"] == "C.UTF-8"
    assert "HOME" not in given
    assert folder != str(small.root)
