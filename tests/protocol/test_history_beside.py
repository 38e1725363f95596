"""Edits beside the chain: the document, the findings, another project's history, and an older copy of everything."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, history, release
from tests.protocol.rewriting import chained_again, rewrite

Edit = Callable[[sqlite3.Connection], object]
EDITS: dict[str, tuple[str, str]] = {
    "a retired version taken out": (
        'UPDATE projects SET document = replace(document, \'"retired":["0.1.0"]\', \'"retired":[]\')',
        "the stored state of the project was changed past the history",
    ),
    "a finding made low": (
        "UPDATE findings SET high = 0, document = replace(document, '\"high\"', '\"low\"')",
        "a finding was changed past the history",
    ),
    "a finding closed": ("UPDATE findings SET open = 0", "a finding was changed past the history"),
    "a finding deleted": ("DELETE FROM findings", "a finding was changed past the history"),
}


def edit(site: Installation, statement: str) -> None:
    with closing(sqlite3.connect(site.home / "sentinel.db")) as database, database:
        assert database.execute(statement).rowcount > 0


@pytest.mark.parametrize(("statement", "problem"), EDITS.values(), ids=EDITS.keys())
async def test_what_was_edited_beside_the_chain_is_found(
    own: Installation, live: Live, statement: str, problem: str
) -> None:
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        await agent.good(client, "start_sprint", name="Two")
        scan = live.small.root.parent / "scan.sarif"
        scan.write_text(SARIF)
        document = scan.read_text()
        own.operator.ask("import_sarif", document=document)
    own.stop()
    assert own.run("audit", "verify").code == 0
    own.stop()
    edit(own, statement)
    found = own.run("audit", "verify")
    assert (found.code, problem in found.out) == (1, True), found.out


@pytest.mark.usefixtures("live")
async def test_an_edit_is_still_found_after_the_history_has_gone_on(own: Installation) -> None:
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
    own.stop()
    edit(own, 'UPDATE projects SET document = replace(document, \'"retired":["0.1.0"]\', \'"retired":[]\')')
    async with own.client("2026") as client:
        await agent.good(client, "start_sprint", name="Two")
    found = own.run("audit", "verify")
    assert (found.code, "changed past the history before entry" in found.out) == (1, True), found.out


async def test_a_history_of_another_project_is_found(own: Installation) -> None:
    async with governed(own) as client:
        await agent.good(client, "start_sprint", name="One")
    own.stop()
    rewrite(own, lambda entries: chained_again([one.model_copy(update={"project": "other"}) for one in entries]))
    edit(own, "UPDATE audit SET project = (SELECT id FROM projects)")
    found = own.run("audit", "verify")
    assert (found.code, "is of another project" in found.out) == (1, True), found.out


async def test_an_older_copy_of_everything_deploys_nothing_again(own: Installation, live: Live) -> None:
    remote = live.small.root.parent / "remote.git"
    live.small.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    live.small.git("remote", "add", "origin", str(remote))
    live.small.change_policy({"project": {"remote": "origin"}})
    live.small.commit("Have a remote")
    live.small.git("push", "--quiet", "origin", "main")
    kept = own.home.with_name("kept")
    async with governed(own) as client:
        await agent.to_question(client)
        own.stop()
        shutil.copytree(own.home, kept, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "run", "operator"))
    async with own.client("2026") as client:
        confirm(own)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    own.stop()
    shutil.rmtree(own.home)
    kept.rename(own.home)
    async with own.client("2026") as client:
        confirm(own)
        found = await agent.until_state(client, "SOAKING", "IDLE", "ACTIVE", "HALTED")
    assert "this history does not know that it was pushed" in found["message"], found
    assert live.small.marked().count("production 0.1.0") == 1


async def test_a_history_that_is_older_than_the_tags_prove_asks_nobody(own: Installation, live: Live) -> None:
    remote = live.small.root.parent / "remote.git"
    live.small.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    live.small.git("remote", "add", "origin", str(remote))
    live.small.change_policy({"project": {"remote": "origin"}})
    live.small.commit("Have a remote")
    live.small.git("push", "--quiet", "origin", "main")
    kept = own.home.with_name("kept")
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        own.stop()
        shutil.copytree(own.home, kept, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "run", "operator"))
    live.small.next_changes("0.1.0", "A search.")
    live.small.git("push", "--quiet", "origin", "main")
    async with own.client("2026") as client:
        assert (await release(client, own))["state"] == "IDLE"
        entries = len(history(own))
    own.stop()
    shutil.rmtree(own.home)
    kept.rename(own.home)
    live.small.next_changes("0.2.0", "Another search.")
    live.small.git("push", "--quiet", "origin", "main")
    async with own.client("2026") as client:
        await agent.to_soaked(client)
        await agent.until_unlocked(client, "production")
        tag = (await agent.state(client))["release"]["tag"]
        asked = await agent.call(client, "deploy", target="production", version=tag)
    assert "The history is not the one that the release tags prove" in agent.text(asked), (entries, agent.text(asked))


SARIF = """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scanner", "rules": [
{"id": "R1", "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "9.0"}}]}},
"results": [{"ruleId": "R1", "level": "error", "message": {"text": "Bad"}}]}]}"""
