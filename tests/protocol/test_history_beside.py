"""Edits beside the chain: the document, the findings, another project's history, and an older copy of everything."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release
from tests.protocol.rewriting import chained_again, rewrite

Edit = Callable[[sqlite3.Connection], object]
EDITS: dict[str, tuple[str, str]] = {
    "a retired version taken out": (
        'UPDATE projects SET document = replace(document, \'"retired":["0.1.0"]\', \'"retired":[]\')',
        "the stored state of the project was changed without an entry of the history",
    ),
    "a finding made low": (
        "UPDATE findings SET high = 0, document = replace(document, '\"high\"', '\"low\"')",
        "a finding was changed without an entry of the history",
    ),
    "a finding closed": ("UPDATE findings SET open = 0", "a finding was changed without an entry of the history"),
    "a finding deleted": ("DELETE FROM findings", "a finding was changed without an entry of the history"),
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
    assert (found.code, "changed without an entry of the history, before entry" in found.out) == (1, True), found.out


async def test_a_history_of_another_project_is_found(own: Installation) -> None:
    async with governed(own) as client:
        await agent.good(client, "start_sprint", name="One")
    own.stop()
    rewrite(own, lambda entries: chained_again([one.model_copy(update={"project": "other"}) for one in entries]))
    edit(own, "UPDATE audit SET project = (SELECT id FROM projects)")
    found = own.run("audit", "verify")
    assert (found.code, "belongs to another project" in found.out) == (1, True), found.out


SARIF = """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scanner", "rules": [
{"id": "R1", "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "9.0"}}]}},
"results": [{"ruleId": "R1", "level": "error", "message": {"text": "Bad"}}]}]}"""
