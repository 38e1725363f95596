"""What a hostile agent may try as its user, and what it gets."""

import subprocess
from dataclasses import replace

from tests.protocol import agent
from tests.protocol.forms import Person
from tests.protocol.guarding import checked
from tests.separated.project import Governed


async def test_an_agent_reaches_only_the_agent_socket(registered: Governed) -> None:
    machine, layout = registered.machine, registered.machine.layout
    async with registered.agent.client("2026") as client:
        await agent.to_soaked(client)
    (artifact,) = layout.work.glob("small/*/artifacts-*/out/app")
    key, *_ = layout.home.glob("projects/small/keys/*")
    targets = {
        "home": f"ls {layout.home}",
        "work": f"ls {layout.work}",
        "artifact": f"cat {artifact}",
        "key": f"cat {key}",
        "database": f"cat {layout.home}/sentinel.db",
        "production": f"cat {registered.production_file}",
        "settings": f"cat {layout.home}/daemon.toml",
        "operator": f"ls {layout.runtime}/operator",
        "replace": f"rm {layout.runtime}/agent/agent.sock",
        "beside": f"touch {layout.runtime}/agent/agent.lock",
        "move": f"mv {layout.runtime}/agent {layout.runtime}/aside",
        "build": f"touch {layout.build_home}/.profile",
    }
    for name, script in targets.items():
        tried = machine.sh(machine.agent, script)
        assert tried.returncode != 0, name
        assert "ermission denied" in tried.stderr, (name, tried.stderr)
    assert "Permission denied" in registered.agent.run("status").err


async def test_a_claim_only_chooses_among_registered_projects(registered: Governed) -> None:
    policy = registered.small.root / "sentinel.toml"
    for claim in ("../../home", "another", "", "x" * 5000):
        policy.write_text(f'[project]\nid = "{claim}"\n')
        async with registered.agent.client("2026") as client:
            answered = await agent.call(client, "release_status")
        assert answered.is_error
        assert "registered" in agent.text(answered) or "No project is named" in agent.text(answered)


def test_what_the_guard_refuses_an_agent_is_on_record_with_the_machines_daemon(registered: Governed) -> None:
    refused = checked(registered.agent, "kubectl apply -f production.yaml")
    assert refused.code == 2
    assert "It is on record as a high finding" in refused.err
    message = f"The guard refused {registered.machine.agent} the command `kubectl apply`."
    listed = registered.operator.run("audit", "list", "--findings", "--json").json["findings"]
    assert [one["finding"]["message"] for one in listed] == [message]


async def test_a_client_that_fills_forms_in_by_itself_approves_nothing(governed: Governed) -> None:
    governed.small.change_policy({"production.approval": {"channels": ["terminal", "elicitation"]}})
    governed.push("Accept forms")
    obliging = Person("accept", "DEPLOY-NOW")
    with governed.machine.daemon():
        governed.register()
        async with governed.agent.client("2026", elicitation_callback=obliging) as client:
            asked = await agent.to_question(client)
            assert agent.sentence(asked).endswith("waits for a human's approval: a person runs `sentinel approve`.")
            assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
    assert obliging.shown == []
    assert "production 0.1.0" not in governed.small.marked()


def test_who_is_in_both_groups_is_no_operator(registered: Governed) -> None:
    machine = registered.machine
    assert registered.operator.run("status").code == 0
    subprocess.run(["usermod", "--append", "--groups", machine.layout.agents, machine.operator], check=True)
    refused = registered.operator.run("status")
    assert refused.code == 1
    assert f"The user {machine.operator} is not an operator" in refused.err


def test_who_left_the_group_is_no_operator_even_with_an_old_session(registered: Governed) -> None:
    """A session keeps the groups that it began with; the daemon asks the system as it is now."""
    machine = registered.machine
    gid = machine.sh("root", f"getent group {machine.layout.operators} | cut -d: -f3").stdout.strip()
    after = registered.operator.program.index("--init-groups") + 1
    kept = ("setpriv", "--reuid", machine.operator, "--regid", gid, "--clear-groups")
    old = (*kept, *registered.operator.program[after:])
    subprocess.run(["gpasswd", "--delete", machine.operator, machine.layout.operators], check=True, capture_output=True)
    refused = replace(registered.operator, program=old).run("status")
    assert refused.code == 1
    assert "is not in the group" in refused.err


def test_no_client_starts_the_daemon_of_the_machine(governed: Governed) -> None:
    refused = governed.agent.run("mcp")
    assert refused.code == 2
    assert "sudo systemctl start sentinel" in refused.err
    refused = governed.operator.run("status")
    assert (refused.code, "does not answer" in refused.err) == (2, True)
