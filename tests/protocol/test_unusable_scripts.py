"""Starters that nobody has filled in, and scripts that cannot be executed, are found before staging."""

import anyio
import pytest

from tests.adapters.http_services import answers, serve
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


async def test_untouched_starters_are_named_by_trust_doctor_and_prepare(own: Installation, small: Small) -> None:
    id_of = small.id
    policy = (small.root / "sentinel.toml").read_text()
    (small.root / "sentinel.toml").unlink()
    for script in (small.root / "deploy").iterdir():
        script.unlink()
    assert own.run("init").code == 0
    marked = (small.root / "sentinel.toml").read_text()
    (small.root / "sentinel.toml").write_text(policy)
    small.commit("Begin with Sentinel")
    said = "deploy/rollback.sh is still the starter that `sentinel init` wrote, which always fails."
    assert f"Warning: {said} Replace its last two lines" in own.trust().out
    assert f"FAIL scripts: {said}" in own.run("doctor").out
    async with own.client("2026") as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have 4 Unusable Scripts."
    assert said in agent.text(refused)
    small.write("sentinel.toml", marked.replace(marked.split('id = "')[1].split('"')[0], id_of))
    small.commit("Leave the marks")
    assert "Warning: sentinel.toml still says CHANGE THIS on lines " in own.trust().out


@pytest.mark.parametrize("name", ["rollback", "smoke"])
async def test_a_script_without_the_x_bit_is_named_and_the_advice_works(
    site: Installation, small: Small, name: str
) -> None:
    script = small.root / "deploy" / f"{name}.sh"
    script.chmod(0o644)
    small.commit("Forget a bit")
    said = f"deploy/{name}.sh cannot be executed: its x bit is not set."
    assert f"FAIL scripts: {said}" in site.run("doctor").out
    async with governed(site) as client:
        refused = await agent.prepare(client)
        assert agent.sentence(refused) == "Release Blocked. You have an Unusable Script."
        assert said in agent.text(refused)
        script.chmod(0o755)
        small.git("update-index", "--chmod=+x", f"deploy/{name}.sh")
        small.commit("Remember it")
        site.pin()
        await agent.to_candidate(client)


async def test_a_rollback_program_that_is_not_there_is_found_before_it_is_needed(
    site: Installation, small: Small
) -> None:
    small.change_policy({"production": {"rollback": "no-such-program-here rollback shop"}})
    small.commit("Roll back with a program")
    async with governed(site) as client:
        refused = await agent.prepare(client)
    assert "The program no-such-program-here is in no folder of the commands' PATH." in agent.text(refused)


async def test_a_health_path_that_what_runs_does_not_have_is_said_before_staging(
    site: Installation, small: Small
) -> None:
    async with serve(answers(404)) as service:
        small.change_policy({"staging": {"url": service.url, "health": "/helth"}})
        small.commit("Mistype the health path")
        said = f"{service.url}/helth answered 404."
        pinned = await anyio.to_thread.run_sync(site.trust)
        assert f"Warning: {said} Correct `health` or `version_path` in sentinel.toml" in pinned.out
        doctor = await anyio.to_thread.run_sync(lambda: site.run("doctor"))
        assert f"FAIL health: {said}" in doctor.out
        async with governed(site) as client:
            assert said in agent.text(await agent.prepare(client))
