"""The command line, command by command, as a person types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from sentinel import VERSION
from sentinel.core.tools.catalog import Tool
from sentinel.core.tools.status import ReleaseStatus
from sentinel.engine.people.status import OperatorStatus
from sentinel.front.cli.parser import all_commands
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


def status_of(document: Any) -> ReleaseStatus:
    return ReleaseStatus.model_validate(document)


def test_version_and_help(site: Installation) -> None:
    assert site.run("--version").out == f"sentinel {VERSION}\n"
    said = site.run("--help").out
    assert all(f"  {name:<10}  {command.help}\n" in said for name, command in all_commands().items())
    assert max(map(len, said.splitlines())) <= 80
    for words in ((), ("fly",), ("audit", "resolve", "one", "--reason", "x"), ("audit", "list", "--limit", "0")):
        unknown = site.run(*words)
        assert (unknown.code, unknown.out) == (2, "")
        assert unknown.err.startswith("usage: sentinel")


def test_status_says_what_there_is_and_what_to_do_next(site: Installation, small: Small) -> None:
    said = site.run("status").out
    assert said.startswith("IDLE.\n\nNext: A person reads and pins the policy with `sentinel trust`.\n")
    for line in (
        "also        Ask your agent to start a sprint, or run `sentinel sprint start NAME`.",
        "state       IDLE",
        f"project     Small ({small.id}) in {small.root}",
        f"store       {site.home}/sentinel.db",
        "trust       advisory. The daemon runs as the agent's own user: it stops mistakes and overreach, not a hostile "
        "agent with a shell; approvals are recorded as unproven.",
    ):
        assert f"\n{line}\n" in f"{said}\n", line
    data = site.run("status", "--json").json
    assert data.pop("ok")
    document = OperatorStatus.model_validate(data)
    assert (document.project, document.status.state, document.public_key) == (small.id, "IDLE", None)
    elsewhere = site.run("status", "--json", "--project", str(small.root / "deploy"), cwd=Path("/"))
    assert elsewhere.json["project"] == small.id


async def test_a_signing_key_that_is_missing_is_noted_and_blocks_with_its_name(
    site: Installation, small: Small
) -> None:
    small.change_policy({"tag": {"key": "/nowhere/key"}})
    small.commit("Sign with a key that is not there")
    async with governed(site) as client:
        said = 'There is no signing key /nowhere/key. Correct `[tag] key`; with "" Sentinel makes a key of its own.'
        shown = site.run("status")
        assert (shown.code, f"\nnote        {said}\n" in shown.out) == (0, True)
        prepared = await agent.prepare(client)
        assert prepared.is_error
        assert agent.sentence(prepared) == "Release Blocked. You have an Unusable Signing Key."
        assert said in agent.text(prepared)


def test_a_sprint_is_opened_and_closed(site: Installation) -> None:
    started = site.run("sprint", "start", "Opening")
    assert (started.code, started.out.partition("\n")[0]) == (0, "Sprint Opening has started.")
    again = site.run("sprint", "start", "Another", "--json")
    assert (again.code, again.json["rule"]) == (1, "LockedTool")
    assert again.err.startswith("sentinel: This is allowed in state IDLE; the state is ACTIVE.\n")
    closed = site.confirmed("sprint", "close", "--json")
    assert (closed.code, status_of(closed.json["status"]).state, closed.json["status"]["sprint"]) == (0, "IDLE", None)
    nothing = site.confirmed("sprint", "close")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err.startswith("sentinel: A sprint is closed in state ACTIVE, with nothing running;")
    nameless = site.run("sprint", "start", "  ")
    assert nameless.code == 2
    assert nameless.err.startswith("sentinel: name: found '', expected some text.\n")


def test_production_that_sentinel_did_not_deploy_is_adopted(site: Installation, small: Small) -> None:
    small.git("tag", "v1.4.0")
    untrusted = site.confirmed("adopt", "v1.4.0")
    assert (untrusted.code, untrusted.out) == (1, "")
    assert untrusted.err.startswith("sentinel: Production cannot be recorded: nobody has trusted a policy to build ")
    site.pin()
    adopted = site.confirmed("adopt", "v1.4.0", "--json")
    assert adopted.code == 0
    production = status_of(adopted.json["status"]).production
    assert production is not None
    assert (production.version, production.commit) == ("1.4.0", small.git("rev-parse", "HEAD"))
    again = site.confirmed("adopt", "1.4.0")
    assert again.out.startswith("Recorded: production runs v1.4.0.\n")
    assert "1 files of it are kept already." not in again.asked
    assert "1 file of it is kept already." in again.asked
    both = site.confirmed("adopt", "1.4.0", "--artifacts", ".", "--without-artifacts")
    assert (both.code, "exclude each other. Give one of" in both.err.replace("\n", " ")) == (1, True)
    unknown = site.confirmed("adopt", "v2.0.0")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err.startswith("sentinel: Production cannot be recorded: the repository has no tag v2.0.0.\n")
    nonsense = site.confirmed("adopt", "latest")
    assert (nonsense.code, nonsense.err.partition("\n")[0]) == (2, "sentinel: latest is not a version such as 1.2.0.")


def test_what_there_is_nothing_to_do_for_is_refused(site: Installation) -> None:
    for words, said in (
        (("rollback", "--reason", "It is slow"), "Production has no earlier release to go back to."),
        (("resolve", "--production", "none"), "Nothing is to be resolved: the state is IDLE, not HALTED."),
        (("reject",), "Nothing waits for an approval that could be rejected."),
        (("abandon", "--reason", "It is slow"), "There is no release candidate; the state is IDLE."),
        (("cancel",), "Nothing is running."),
        (("unhold",), "Releases are not on hold."),
        (("hotfix", "end"), "No hotfix is open."),
        (("logs",), "No output of any command is kept."),
    ):
        refused = site.confirmed(*words)
        assert (refused.code, refused.out, refused.err.partition("\n")[0]) == (1, "", f"sentinel: {said}")
        assert refused.err.count("\n") == 2
        assert "`sentinel status`" in refused.err or words[0] == "rollback"


def test_the_doctor_finds_what_is_missing(site: Installation, small: Small) -> None:
    well = site.run("doctor")
    assert (well.code, "FAIL" in well.out) == (0, False)
    (small.root / "deploy" / "smoke.sh").chmod(0o644)
    ill = site.run("doctor", "--json")
    assert ill.code == 2
    (fault,) = [check for check in ill.json["checks"] if not check["ok"]]
    assert (fault["name"], fault["found"]) == ("scripts", "deploy/smoke.sh cannot be executed: its x bit is not set.")
    (small.root / "sentinel.toml").unlink()
    assert "FAIL policy: There is no sentinel.toml in " in site.run("doctor").out
    nowhere = site.run("doctor", cwd=Path("/"))
    assert [line.split()[1] for line in nowhere.out.splitlines() if line.startswith("FAIL")] == ["policy:"]


@pytest.mark.requirement("P2.2-minimum", "P5-dynamic")
async def test_state_and_soak_outlive_the_daemon(own: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    assert own.run("daemon", "stop").out == "No daemon runs.\n"
    assert own.run("daemon", "start").out == f"The daemon serves {own.home}.\n"
    async with governed(own) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        before = await agent.state(client)
    stopped = own.run("daemon", "stop")
    assert stopped.out == "The daemon has stopped. Running scripts go on, and the next daemon adopts them.\n"
    async with own.client("2026") as client:  # which starts the next one
        after = await agent.state(client)
        assert (after["state"], after["release"]) == ("SOAKING", before["release"])
        assert await agent.targets(client) == ["staging"]


CLIENTS = ("claude-desktop", "claude-code", "cursor", "vscode", "codex", "gemini")


@pytest.mark.requirement("P5-clients")
def test_every_client_is_told_what_to_enter(site: Installation, small: Small) -> None:
    for client in CLIENTS:
        printed = site.run("install", client, "--print")
        assert printed.code == 0, printed.err
        assert str(small.root) in printed.out
        assert "sentinel" in printed.out
    assert small.git("status", "--porcelain") == ""
    unknown = site.run("install", "notepad")
    assert (unknown.code, unknown.err.partition("\n")[0]) == (
        2,
        "sentinel: Sentinel cannot set up the client notepad.",
    )


@pytest.mark.requirement("P5-clients")
@pytest.mark.parametrize(("client", "file"), [("claude-code", ".mcp.json"), ("cursor", ".cursor/mcp.json")])
async def test_what_is_entered_for_a_client_starts_a_server_that_has_the_tools(
    site: Installation, small: Small, client: str, file: str
) -> None:
    installed = site.run("install", client)
    assert installed.code == 0, installed.err
    (server,) = json.loads((small.root / file).read_text())["mcpServers"].values()
    environment = {"PATH": site.environment["PATH"], **server.get("env", {})}
    parameters = StdioServerParameters(command=server["command"], args=server["args"], env=environment)
    async with Client(parameters, read_timeout_seconds=60) as started:
        in_idle = [Tool.RELEASE_STATUS, Tool.START_SPRINT, Tool.PREVIEW_RELEASE, Tool.HOLD_RELEASE]
        listed = [*Tool] if client == "claude-code" else in_idle  # claude-code keeps the first list
        assert await agent.names(started) == listed
