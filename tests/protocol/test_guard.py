"""The guard: an agent that deploys past Sentinel is stopped, told what to use, and found out."""

import getpass
import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.guarding import checked, event, pushed, refusals, reported
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed, release
from tests.protocol.small import Small

ESCAPED = "x\\x1b[2J\\x0aDEPLOYED\\u202e"
RECORDED = "It is on record as a high finding, which blocks the next release until a person resolves it."


async def test_a_deployment_outside_sentinel_is_refused_and_blocks_the_next_release(site: Installation) -> None:
    async with governed(site) as client:
        refused = checked(site, "cd infra && sudo kubectl apply -f production.yaml --token=s3cret")
        assert (refused.code, refused.out) == (2, "")
        assert refused.err.splitlines() == [
            "sentinel: The guard does not let this run. `kubectl apply` acts outside Sentinel, "
            "where nothing is tested, soaked or approved.",
            "Use Sentinel's tools: `release_status` says what is allowed now, and `deploy` deploys.",
            RECORDED,
        ]
        message = f"The guard refused {getpass.getuser()} the command `kubectl apply`."
        assert refusals(site) == [(1, "high", message)]
        sentence = "Release Blocked. You have 1 Unresolved High Severity Audit Log."
        assert agent.sentence(await agent.prepare(client)) == sentence
        assert site.confirmed("audit", "resolve", "1", "--reason", "It was told not to").code == 0
        assert agent.sentence(await agent.prepare(client)).startswith("Release candidate")


async def test_the_same_refusal_is_one_finding_until_it_is_resolved_and_then_a_new_one(site: Installation) -> None:
    site.pin()
    for _ in range(2):
        assert checked(site, "terraform apply").code == 2
    assert [number for number, _, _ in refusals(site)] == [1]
    assert site.confirmed("audit", "resolve", "1", "--reason", "Seen").code == 0
    assert checked(site, "terraform apply").err.endswith(f"{RECORDED}\n")
    assert [number for number, _, _ in refusals(site)] == [2]


async def test_a_refusal_between_sprints_blocks_the_next_one_and_the_one_after(site: Installation) -> None:
    site.pin()
    assert checked(site, "helm upgrade shop ./chart").code == 2
    async with site.client("2026") as client:
        for sprint in ("One", "Two"):
            await agent.good(client, "start_sprint", name=sprint)
            assert agent.sentence(await agent.prepare(client)).startswith("Release Blocked. You have 1 Unresolved")
            site.operator.ask("close_sprint")


async def test_what_the_policy_names_and_its_own_scripts_are_refused(site: Installation, small: Small) -> None:
    small.change_policy({"guard": {"refuse": ["make ship", ["shipper", "site.yml"]]}})
    small.commit("Guard")
    site.pin()
    script = "deploy/production.sh"
    for command in (
        "make ship",
        "cd x; make ship --now",
        "shipper site.yml -i prod",
        f"./{script}",
        f"sh {script}",
    ):
        assert checked(site, command).code == 2, command
    for command in ("make test", "shipper other.yml", f"cat {script}"):
        assert checked(site, command).code == 0, command


def test_what_deploys_nothing_passes_without_a_word_and_without_a_daemon(short_folder: Path) -> None:
    site = Installation(short_folder / "home", short_folder)
    for command in ("kubectl get pods", "terraform plan", "git commit -m 'kubectl apply'", "npm test"):
        passed = checked(site, command)
        assert (passed.code, passed.out, passed.err) == (0, "", ""), command
    other = json.dumps({"tool_name": "Write", "tool_input": {"file_path": "x", "content": "kubectl apply"}})
    assert site.run("guard", "check", given=other).code == 0
    assert not site.home.exists()


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ("", "it is not JSON"),
        ("kubectl apply", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it has no tool_name"),
        ('{"tool_name": "Bash"}', "it has no command in tool_input"),
        ('{"tool_name": "Bash", "tool_input": {"command": ["kubectl", "apply"]}}', "it has no command in tool_input"),
        (event("x" * (4 * 1024 * 1024)), "it is larger than 4194304 bytes"),
    ],
    ids=["nothing", "text", "deep", "a list", "no input", "a list of words", "too much"],
)
def test_an_event_that_cannot_be_read_lets_nothing_run(short_folder: Path, given: str, detail: str) -> None:
    refused = Installation(short_folder / "home", short_folder).run("guard", "check", given=given)
    assert refused.code == 2
    assert refused.err.startswith(
        f"sentinel: The guard cannot read the AI client's message about the command: {detail}."
    )
    assert "Traceback" not in refused.err


def test_outside_a_project_the_guard_refuses_all_the_same_and_says_that_nothing_is_on_record(
    short_folder: Path,
) -> None:
    site = Installation(short_folder / "home", short_folder)
    try:
        refused = checked(site, "npm publish")
    finally:
        site.stop()
    assert refused.code == 2
    assert "`npm publish` acts outside Sentinel" in refused.err
    assert "It is not on record: " in refused.err
    assert "Traceback" not in refused.err


async def test_a_hostile_policy_neither_stops_nor_slows_the_guard(site: Installation, small: Small) -> None:
    small.write("sentinel.toml", "a." * 100_000 + "b = 1\n")
    assert checked(site, "kubectl apply").code == 2
    assert checked(site, "kubectl get pods").code == 0


async def test_a_push_of_a_release_tag_by_hand_is_refused_and_found_and_sentinels_own_is_not(
    site: Installation, small: Small
) -> None:
    small.change_policy({"project": {"remote": "origin"}})
    small.commit("A remote")
    remote = small.add_remote()
    installed = site.run("guard", "install", "git")
    assert (installed.code, installed.err) == (0, "")
    small.git("tag", "v9.9.9")
    small.git("tag", "nightly")
    assert pushed(small, "main", "nightly").code == 0
    for refs in (["v9.9.9"], ["--tags"], ["main:refs/tags/v9.9.8"], [":refs/tags/v9.9.7"]):
        refused = pushed(small, *refs)
        assert refused.code != 0
        assert "Release tags are signed and pushed by Sentinel alone, after approval." in refused.err
    message = f"The guard refused {getpass.getuser()} the command `git push of release tags`."
    assert refusals(site) == [(1, "high", message)]
    small.git("tag", "--delete", "v9.9.9")
    site.operator.ask("resolve_finding", number=1, reason="Seen")
    async with governed(site) as client:
        await release(client, site)
    assert small.git("--git-dir", str(remote), "tag").split() == ["nightly", "v0.1.0"]


def test_a_hook_whose_program_is_gone_lets_nothing_run(site: Installation, short_folder: Path) -> None:
    printed = site.run("guard", "install", "claude-code", "--print").out
    command = json.loads(printed.partition("\n")[2])["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    words = shlex.split(command)
    program = words[words.index("guard") - 1]
    for text, code in ((command, 0), (command.replace(program, str(short_folder / "gone")), 2)):
        done = subprocess.run(["sh", "-c", text], input=event("ls"), text=True, capture_output=True, check=False)
        assert done.returncode == code


def test_whoever_reports_a_refusal_writes_no_lines_of_their_own_and_fills_no_list(site: Installation) -> None:
    assert reported(site, "x\x1b[2J\nDEPLOYED\u202e") == {"ok": True}
    assert refusals(site) == [(1, "high", f"The guard refused {getpass.getuser()} the command `{ESCAPED}`.")]
    for too_much in ("", "x" * 201):
        assert reported(site, too_much)["ok"] is False
    for number in range(60):
        assert reported(site, f"made up {number}") == {"ok": True}
    assert len(refusals(site)) == 50
