"""What `--json` prints: one object, whose `ok` says how the command ended, with each kind of data under its own key."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.front.cli.parser import Action, all_commands
from tests.protocol import agent
from tests.protocol.gating import result, sarif
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed, release

WITHOUT_DATA = {
    "init": "writes files",
    "install": "writes files",
    "guard install": "writes files",
    "guard check": "answers a client's hook in the client's form",
    "guard pre-push": "answers git",
    "completion": "prints a script",
    "setup separated": "prints its steps",
    "daemon run": "serves until it is stopped",
    "demo": "is watched",
    "mcp": "speaks MCP",
    "try staging": "prints what the person's own commands print",
}
REFUSAL = {"ok", "rule", "what", "fix", "exit_code"}


def actions() -> Iterator[tuple[str, Action]]:
    for name, command in all_commands().items():
        if command.action is not None:
            yield name, command.action
        for word, action in command.actions.items():
            yield f"{name} {word}", action


def given(action: Action) -> Iterator[str]:
    """An argument for each that is required."""
    for one in action.arguments:
        value = str(next(iter(one.settings.get("choices", ("1",)))))
        if one.settings.get("required"):
            yield from (one.names[0], value)
        elif not one.names[0].startswith("-") and one.settings.get("nargs") != "?":
            yield value


def prints_data(action: Action) -> bool:
    return any("--json" in one.names for one in action.arguments)


def test_every_command_prints_data_or_has_none() -> None:
    assert {name for name, action in actions() if not prints_data(action)} == set(WITHOUT_DATA)


@pytest.mark.parametrize(
    "name", [name for name, action in actions() if prints_data(action) and action.project and name != "doctor"]
)
def test_a_refusal_has_one_form(name: str, site: Installation, short_folder: Path) -> None:
    """Outside of any repository, and without a terminal, none of these can go well. (The doctor says so as a check.)"""
    action = dict(actions())[name]
    refused = site.run(*name.split(), *given(action), "--json", cwd=short_folder)
    said = refused.json
    assert set(said) == REFUSAL
    assert (said["ok"], said["exit_code"]) == (False, refused.code)
    assert refused.code != 0
    assert refused.err == f"sentinel: {said['what']}\n{said['fix']}\n"
    unknown = site.run(*name.split(), *given(action), "--json", "--bogus")
    assert (unknown.code, set(unknown.json), unknown.json["rule"]) == (2, REFUSAL, "Usage")


async def test_each_kind_of_data_has_its_key(site: Installation, short_folder: Path) -> None:
    report = short_folder / "report.sarif"
    report.write_text(sarif(result("style", "warning")))
    async with governed(site) as client:
        await release(client, site)
        await agent.good(client, "start_sprint", name="Two")
    imported = site.confirmed("audit", "import", str(report), "--json")
    number = str(site.operator.ask("findings", open_only=True)[0]["number"])
    created = site.confirmed("token", "create", "--name", "night", "--role", "agent", "--json")
    status = {"status", "project", "name", "root", "public_key", "notes", "open_findings", "store"}
    for done, keys in (
        (site.run("status", "--json"), status),
        (site.run("logs", "--json"), {"logs"}),
        (site.run("releases", "--json"), {"releases"}),
        (site.run("show", "0.1.0", "--json"), {"release", "entries"}),
        (site.run("audit", "list", "--json"), {"entries"}),
        (site.run("audit", "list", "--findings", "--json"), {"findings"}),
        (site.run("audit", "verify", "--json"), {"proof"}),
        (site.run("audit", "export", "--output", str(short_folder / "bundle.tar"), "--json"), {"exported"}),
        (site.run("audit", "verify", str(short_folder / "bundle.tar"), "--json"), {"proof"}),
        (imported, {"imported"}),
        (site.confirmed("audit", "resolve", number, "--reason", "seen", "--json"), {"finding"}),
        (created, {"token", "secret"}),
        (site.run("token", "list", "--json"), {"tokens"}),
        (site.confirmed("token", "revoke", created.json["token"]["id"], "--json"), {"token"}),
        (site.run("hold", "--reason", "an incident", "--json"), {"status"}),
        (site.confirmed("unhold", "--json"), {"status"}),
        (site.confirmed("trust", "--json"), {"status"}),
        (site.confirmed("sprint", "close", "--json"), {"status"}),
        (site.run("daemon", "start", "--json"), {"daemon"}),
    ):
        assert (done.code, done.json["ok"], set(done.json) - {"ok"}) == (0, True, keys), (done, keys)
    for done, keys in ((site.run("plan", "--json"), {"plan"}), (site.run("doctor", "--json"), {"checks"})):
        assert (done.json["ok"], set(done.json) - {"ok"}) == (done.code == 0, keys)


async def test_the_question_is_data_and_only_a_person_at_a_terminal_answers_it(site: Installation) -> None:
    none = site.run("approve", "--json")
    assert (none.code, none.json["rule"]) == (1, "NothingToApprove")
    async with governed(site) as client:
        await agent.to_question(client)
        seen = site.operator.ask("verify_audit")["entries"]
        asked = [site.run("approve", "--json", given=typed) for typed in ("", "DEPLOY-NOW\n")]
        at_terminal = site.at_terminal("approve", "--json", typed="", ahead="DEPLOY-NOW\n", prompt="asked by nobody")
        assert [one.code for one in (*asked, at_terminal)] == [0, 0, 0]
        assert site.operator.ask("verify_audit")["entries"] == seen
        said = asked[0].json
        assert set(said) == {"ok", "status", "question"}
        shown = json.loads(at_terminal.out.removeprefix("DEPLOY-NOW\n"))  # what was typed for nobody is echoed first
        assert shown["question"]["approval_id"] == said["question"]["approval_id"]
        assert (said["status"]["state"], said["status"]["approval"]["id"]) == (
            "AWAITING_APPROVAL",
            said["question"]["approval_id"],
        )
        question = said["question"]
        assert question["text"].splitlines()[:3] == ["[SENTINEL DEFCON 1]", "target: PRODUCTION", "version: v0.1.0"]
        content = question["content"]
        assert (content["kind"], content["target"], content["commit"]) == ("deployment", "v0.1.0", question["commit"])
        assert content["artifacts"]
        assert content["tests"]["passed"]
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
