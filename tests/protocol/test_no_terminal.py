"""Commands that decide are a person's, at a real terminal: whatever else stands on their input, nothing happens."""

from pathlib import Path

import pytest

from sentinel.front.cli.parser import all_commands
from tests.protocol import agent
from tests.protocol.gating import result, sarif
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release

DECISIONS: tuple[tuple[str, ...], ...] = (
    ("approve",),
    ("reject", "--reason", "no person was here"),
    ("abandon", "--reason", "no person was here"),
    ("cancel",),
    ("rollback", "--reason", "no person was here"),
    ("adopt", "1.1.0"),
    ("resolve", "--production", "none"),
    ("unhold",),
    ("window", "waive", "--reason", "no person was here"),
    ("hotfix", "start", "--reason", "no person was here"),
    ("hotfix", "end"),
    ("sprint", "close"),
    ("audit", "import", "report.sarif"),
    ("audit", "resolve", "1", "--reason", "nothing to see"),
    ("token", "create", "--name", "night-shift", "--role", "agent"),
    ("token", "revoke", "1"),
    ("project", "add", "--remote", "/srv/other.git"),
    ("trust",),
)
GIVEN = ("", "yes\n", "yes\n" * 5, "DEPLOY-NOW\n" * 3, "ROLLBACK-NOW\n" * 3, "y\nreject\n")


async def test_without_a_terminal_no_decision_is_made(site: Installation, live: Live, short_folder: Path) -> None:
    report = short_folder / "report.sarif"
    report.write_text(sarif(result("leak", "error")))
    at = {report.name: str(report)}
    async with governed(site) as client:
        await release(client, site)
        live.small.next_changes("0.1.0", "A search.")
        await release(client, site)
        await agent.good(client, "start_sprint", name="Two")
        live.small.next_changes("0.2.0", "A better search.")
        await agent.to_question(client, "v0.3.0")
        site.operator.ask("import_sarif", document=sarif(result("style", "error")))
        before, seen = site.operator.ask("status"), site.operator.ask("verify_audit")["entries"]
        for words in DECISIONS:
            for given in GIVEN[: 2 if words[0] not in ("approve", "rollback") else len(GIVEN)]:
                refused = site.run(*(at.get(word, word) for word in words), given=given)
                assert (refused.code, refused.out) == (1, ""), (words, refused)
                assert "a real terminal" in refused.err
                assert "sk a person to run" in refused.err
                assert refused.err.count("\n") == 2
        assert site.operator.ask("status")["status"]["approval"] == before["status"]["approval"]
        assert site.operator.ask("verify_audit")["entries"] == seen
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


def test_a_terminal_that_nobody_sees_is_none(site: Installation, short_folder: Path) -> None:
    """The answer could be typed there, and the question is not shown there."""
    said = short_folder / "said"
    words = ("-c", f'"$@" >{said} 2>&1 || echo "exit $?" >>{said}', "sh", *site.program, "sprint", "close")
    shell = Installation(site.home, site.project, site.extra, ("/bin/sh",))
    shell.at_terminal(*words, typed="yes", prompt="never shown")
    assert "`sentinel sprint close` requires a real terminal" in said.read_text()
    assert said.read_text().endswith("exit 1\n")


@pytest.mark.parametrize("option", ["--yes", "-y", "--force"])
def test_no_command_can_be_told_the_answer_in_advance(option: str) -> None:
    for command in all_commands().values():
        for action in command.every_action():
            assert option not in [name for argument in action.arguments for name in argument.names]
