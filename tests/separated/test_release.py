"""A whole release in separated mode: the agent asks as its user, a person approves as theirs."""

from pathlib import Path

from tests.protocol import agent
from tests.separated.machine import PRODUCTION_SECRET
from tests.separated.project import Governed


async def test_agent_and_operator_release_as_users_of_their_own(governed: Governed) -> None:
    look = 'echo "$(id -un) ${PRODUCTION_TOKEN:-none} $HOME"'
    for name in ("build", "tests", "staging", "smoke", "production"):
        governed.script(name, f"{look} >{governed.notes}/{name}")
    governed.push("Say who I am")
    layout = governed.machine.layout
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026") as client:
            await agent.to_question(client)
            assert (await agent.state(client))["trust"] == "separated"
            approved = governed.operator.approve()
            assert approved.code == 0, approved.out
            found = await agent.until_state(client, "IDLE", "HALTED", "ACTIVE")
        assert (found["state"], found["production"]["version"]) == ("IDLE", "0.1.0")
        users = {"build": layout.build, "tests": layout.build, "staging": layout.staging, "smoke": layout.staging}
        for name, user in users.items():
            said, _, home = governed.note(name).rpartition(" ")
            assert said == f"{user} none"
            assert Path(home).match(f"{layout.work}/small/*/checkout-*-home")
        (deployment,) = (script.parent for script in layout.work.glob("small/*/production"))
        (checkout,) = deployment.glob("checkout-*")
        assert "ermission denied" in governed.machine.sh(layout.build, f"ls {checkout}").stderr
        assert governed.note("production").startswith(f"{layout.daemon} {PRODUCTION_SECRET}")
        assert "v0.1.0" in governed.small.git(f"--git-dir={governed.remote}", "-c", "safe.directory=*", "tag")
        by = {entry["actor"] for entry in governed.history()}
        assert f"person:{governed.machine.operator}" in by
