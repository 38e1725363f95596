"""Which changes after a run of the tests cost another one (protocol 1.1, predicate 4)."""

from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation, elsewhere
from tests.protocol.releasing import governed
from tests.protocol.small import Small

pytestmark = pytest.mark.timeout(300)


@pytest.mark.requirement("P1.1-tests")
async def test_ticking_a_task_and_what_the_policy_ignores_cost_no_run(
    site: Installation, small: Small, short_folder: Path
) -> None:
    small.change_policy({"tests": {"ignore": ["docs/**", "deploy/**"]}})
    small.write("SPRINT.md", "# Sprint\n\n- [ ] The first task\n")
    small.commit("Ignore the documents")
    async with governed(site) as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        small.write("SPRINT.md", "# Sprint\n\n- [x] The first task\n")
        small.write("docs/guide.md", "x")
        small.commit("Tick it off")
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.structured(prepared)["state"] == "RELEASE_CANDIDATE", agent.text(prepared)
        await agent.good(client, "abandon_release", reason="Look at the history.")
    folder = short_folder / "bundle"
    assert site.run("audit", "export", "--output", str(folder)).code == 0
    proved = elsewhere(short_folder).run("audit", "verify", str(folder), "--json")
    assert (proved.code, proved.json["proof"]["attestations"]) == (0, 2)


@pytest.mark.requirement("P1.1-tests")
@pytest.mark.parametrize("path", ["src/app", "deploy/staging.sh", "CHANGELOG.md"])
async def test_every_other_change_and_that_of_a_pinned_script_does(site: Installation, small: Small, path: str) -> None:
    small.change_policy({"tests": {"ignore": ["docs/**", "deploy/**"]}})
    small.commit("Ignore the documents")
    async with governed(site) as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        file = small.root / path
        small.write(path, f"{file.read_text() if file.exists() else ''}\n", mode=0o755)
        small.commit("Change it")
        site.pin()
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert "Stale Tests" in agent.sentence(prepared)
