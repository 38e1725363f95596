"""The gates before a release candidate (protocol 1.1, design 6), end to end: the exact sentence, and the way out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.meddling import mirror_git
from tests.protocol.small import Small

READY = "Release candidate v0.1.0 is ready: 7 files, +"


async def blocked(site: Installation, before: Callable[[], object] | None = None) -> str:
    """The sentence of `prepare_release` in a sprint whose tests passed, after which `before` happened."""
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        if before is not None:
            before()
        result = await agent.call(client, "prepare_release", type="minor")
        found = agent.structured(result)
        assert result.is_error == (not found["ok"])
        assert found["state"] == ("RELEASE_CANDIDATE" if found["ok"] else "ACTIVE")
        return agent.sentence(result)


@pytest.mark.requirement("P1.1-candidate", "P1.1-tests", "P1.1-build")
async def test_where_every_gate_holds_staging_is_unlocked(site: Installation, small: Small, era: str) -> None:
    site.pin()
    async with site.client(era) as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared).startswith(READY)
        assert agent.sentence(prepared).endswith(" Staging is unlocked.")
        assert await agent.targets(client) == ["staging"]
    assert small.marked() == ["tests ", "build 0.1.0"]


@pytest.mark.requirement("P1.1-blocked-message", "P1.1-sprint", "P1.1-tests")
async def test_an_open_task_and_tests_of_another_tree_block(site: Installation, small: Small) -> None:
    def go_on() -> None:
        small.edit("SPRINT.md", {"- [x]": "- [ ]"})
        small.commit("Take a task up again")

    assert await blocked(site, go_on) == "Release Blocked. You have 1 Open Task and Stale Tests."


@pytest.mark.requirement("P1.1-tests")
async def test_tests_that_are_too_old_are_stale(site: Installation, small: Small) -> None:
    small.change_policy({"tests": {"max_age": "1ms"}})
    small.commit("Trust no tests")
    assert await blocked(site) == "Release Blocked. You have Stale Tests."


@pytest.mark.requirement("P1.1-tests")
async def test_failing_tests_block_and_their_end_is_shown(site: Installation, small: Small) -> None:
    small.change_policy({"tests": {"command": "echo one of nine failed; exit 7"}})
    small.commit("Break")
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        tested = await agent.call(client, "run_tests")
        assert tested.is_error
        assert agent.sentence(tested).startswith("The tests command ended with exit code 7")
        assert "one of nine failed" in agent.text(tested)
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have Failing Tests."
        assert "one of nine failed" in agent.structured(prepared)["blocked_by"][0]["message"]


@pytest.mark.requirement("P1.1-build")
async def test_a_failing_build_blocks_and_leaves_no_tag(site: Installation, small: Small) -> None:
    small.change_policy({"build": {"command": "echo no compiler; exit 1"}})
    small.commit("Break")
    site.pin()
    async with site.client("2026") as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared) == "Release Blocked. You have a Failing Build."
        (gate,) = agent.structured(prepared)["blocked_by"]
        assert gate["gate"] == "build"
        assert "no compiler" in gate["message"]
    assert mirror_git(site, small, "tag") == ""


@pytest.mark.requirement("P1.1-build")
async def test_a_build_without_its_artifact_is_a_failing_one(site: Installation, small: Small) -> None:
    small.change_policy({"build": {"command": "true"}})
    small.commit("Build nothing")
    assert await blocked(site) == "Release Blocked. You have a Failing Build."


def edit_a_tracked_file(small: Small) -> None:
    small.write("SPRINT.md", "- [x] The first task\n- [x] Another\n")


def add_a_file(small: Small) -> None:
    small.write("new.txt", "new\n")


def edit_behind_assume_unchanged(small: Small) -> None:
    small.git("update-index", "--assume-unchanged", "CHANGELOG.md")
    small.write("CHANGELOG.md", "# Changelog\n")


def edit_behind_skip_worktree(small: Small) -> None:
    small.git("update-index", "--skip-worktree", "CHANGELOG.md")
    small.write("CHANGELOG.md", "# Changelog\n")


def stage_a_file(small: Small) -> None:
    small.write("new.txt", "new\n")
    small.git("add", "new.txt")


@pytest.mark.requirement("P1.1-clean-tree")
@pytest.mark.parametrize(
    "change",
    [edit_a_tracked_file, add_a_file, stage_a_file, edit_behind_assume_unchanged, edit_behind_skip_worktree],
)
async def test_a_working_tree_that_is_not_the_last_commit_blocks(
    site: Installation, small: Small, change: Callable[[Small], None]
) -> None:
    assert await blocked(site, lambda: change(small)) == "Release Blocked. You have a Dirty Git Tree."


async def test_what_git_ignores_blocks_nothing(site: Installation, small: Small) -> None:
    small.write(".gitignore", "*.log\n")
    small.commit("Ignore logs")
    assert (await blocked(site, lambda: small.write("today.log", "noise\n"))).startswith("Release candidate")


@pytest.mark.parametrize("file", ["sentinel.toml", "deploy/production.sh"])
async def test_a_policy_or_script_that_nobody_has_trusted_blocks(site: Installation, small: Small, file: str) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        await agent.good(client, "run_tests")
        path = small.root / file
        path.write_text(f"{path.read_text()}# more\n")
        small.commit("Change what is executed")
        tested = await agent.call(client, "run_tests")
        assert tested.is_error
        assert agent.sentence(tested).startswith(f"The policy is not the trusted one: {file} was changed.")
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have Stale Tests and an Untrusted Policy."
        assert small.marked() == ["tests "]
        site.pin()
        assert not (await agent.prepare(client)).is_error


async def test_nothing_is_executed_before_a_person_trusts_it(site: Installation, small: Small) -> None:
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        tested = await agent.call(client, "run_tests")
        assert agent.sentence(tested).startswith("Nobody has trusted this repository's sentinel.toml yet.")
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(prepared) == "Release Blocked. You have No Test Run and an Untrusted Policy."
        assert small.marked() == []
        assert site.trust().code == 0
        assert not (await agent.prepare(client)).is_error
        assert small.marked() == ["tests ", "build 0.1.0"]


NO_CHANGE = "# Changelog\n\n## [Unreleased]\n"
REMOVED = "# Changelog\n\n## [Unreleased]\n\n### Removed\n\n- All.\n\n## [1.0.0] - 2026-01-01\n\n### Added\n\n- All.\n"


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        (None, "The changelog is absent or empty at the candidate commit."),
        ("", "The changelog is absent or empty at the candidate commit."),
        (NO_CHANGE, "The changelog has no entry that is not released yet."),
        (REMOVED, "A minor release is too small: the changelog demands major"),
    ],
    ids=["absent", "empty", "nothing-new", "too-small"],
)
async def test_a_changelog_that_names_no_version_blocks(
    site: Installation, small: Small, changelog: str | None, said: str
) -> None:
    if changelog == REMOVED:
        small.git("tag", "v1.0.0")
    small.git("rm", "--quiet", "CHANGELOG.md") if changelog is None else small.write("CHANGELOG.md", changelog)
    small.commit("Change the changelog")
    site.pin()
    async with site.client("2026") as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared) == "Release Blocked. You have an Unusable Changelog."
        (gate,) = agent.structured(prepared)["blocked_by"]
        assert gate["message"].startswith(said)
        assert gate["fix"]


async def test_a_sprint_without_tasks_blocks(site: Installation, small: Small) -> None:
    small.write("SPRINT.md", "Nothing to do.\n")
    small.commit("Take a break")
    assert await blocked(site) == "Release Blocked. You have No Tasks."


async def test_everything_that_blocks_is_named_in_one_sentence(site: Installation, small: Small) -> None:
    def spoil() -> None:
        small.write("SPRINT.md", "- [ ] One\n- [ ] Two\n")
        small.write("CHANGELOG.md", NO_CHANGE)
        small.change_policy({"staging": {"soak": "2ms"}})
        small.commit("Spoil it")
        small.write("new.txt", "new\n")
        site.operator.ask("import_sarif", document=sarif(result("one", "error")))

    assert await blocked(site, spoil) == (
        "Release Blocked. You have 2 Open Tasks, a Dirty Git Tree, 1 Unresolved High Severity Audit Log, Stale Tests, "
        "an Untrusted Policy and an Unusable Changelog."
    )


def result(rule: str, level: str, severity: str | None = None) -> dict[str, object]:
    found: dict[str, object] = {"ruleId": rule, "level": level, "message": {"text": f"{rule} is bad"}}
    return found if severity is None else {**found, "properties": {"security-severity": severity}}


def sarif(*results: object) -> str:
    runs = [{"tool": {"driver": {"name": "scanner"}}, "results": results}]
    return json.dumps({"version": "2.1.0", "runs": runs})


@pytest.mark.requirement("P1.1-audit")
async def test_a_high_finding_blocks_until_a_person_resolves_it(site: Installation, short_folder: Path) -> None:
    report = short_folder / "report.sarif"
    report.write_text(sarif(result("leak", "note", "9.1"), result("style", "error", "3.0"), result("crash", "error")))
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        imported = site.run("audit", "import", str(report))
        assert (imported.code, imported.out) == (0, "3 new findings recorded.\n")
        assert site.run("audit", "import", str(report), "--json").json == {"new_findings": 0}
        sentence = "Release Blocked. You have 2 Unresolved High Severity Audit Logs."
        assert agent.sentence(await agent.prepare(client)) == sentence
        high = [
            found["number"]
            for found in site.run("audit", "list", "--findings", "--json").json
            if found["finding"]["severity"] == "high"
        ]
        for number in high:
            assert site.run("audit", "resolve", str(number), "--reason", "A false alarm").code == 0
        assert agent.sentence(await agent.prepare(client)).startswith("Release candidate")


async def test_a_finding_of_an_earlier_sprint_does_not_count(site: Installation) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        site.operator.ask("import_sarif", document=sarif(result("leak", "error")))
        assert agent.sentence(await agent.prepare(client)).startswith("Release Blocked. You have 1 Unresolved")
        site.operator.ask("close_sprint")
        assert agent.sentence(await agent.prepare(client)).startswith("Release candidate")
