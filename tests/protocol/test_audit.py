"""`sentinel audit`: the history with its proof, and the findings as a person works with them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sentinel.core.audit.chain import INTERNAL, AuditEntry, AuditHead, verify_chain
from tests.core.notes import TestKey
from tests.protocol import agent
from tests.protocol.gating import result, sarif
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


async def test_the_history_is_listed_exported_and_proved(site: Installation) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
    listed = site.run("audit", "list", "--limit", "2").out.splitlines()
    assert len(listed) == 2
    assert "sentinel: Release candidate v0.1.0 is ready: " in listed[-1]
    entries = site.run("audit", "list", "--all", "--json", "--after", "1").json["entries"]
    assert [entry["sequence"] for entry in entries] == list(range(2, len(entries) + 2))
    assert site.run("audit", "list", "--all", "--json", "--limit", "5000").json["entries"][1:] == entries
    assert site.run("audit", "list", "--all", "--json", "--after", "3", "--limit", "2").json["entries"] == entries[-2:]
    told = [entry for entry in entries if entry["kind"] not in INTERNAL]
    assert 0 < len(told) < len(entries)
    assert site.run("audit", "list", "--json", "--after", "1").json["entries"] == told
    assert site.run("audit", "list", "--json", "--after", "1", "--limit", "3").json["entries"] == told[-3:]
    exported = [AuditEntry.model_validate_json(line) for line in site.run("audit", "export").out.splitlines()]
    assert len(exported) == len(entries) + 1
    assert verify_chain(exported, AuditHead(sequence=len(exported), digest=exported[-1].digest)) is None
    proved = site.run("audit", "verify")
    assert (proved.code, proved.out) == (
        0,
        f"The history is whole: {len(exported)} entries, each bound to the one before it. 1 release tag confirms it.\n",
    )
    assert site.run("audit", "verify", "--json").json["proof"] == {
        "entries": len(exported),
        "tags": 1,
        "fault": None,
        "lost": 0,
    }


async def test_the_history_is_held_against_the_key_that_a_person_has_kept(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
    mirror = site.home / "projects" / small.id / "mirror.git"
    tag = small.git(f"--git-dir={mirror}", "cat-file", "tag", "v0.1.0")
    (kept,) = (line.removeprefix("history-key ") for line in tag.splitlines() if line.startswith("history-key "))
    held = site.run("audit", "verify", "--key", kept)
    assert (held.code, held.out.startswith("The history is whole: ")) == (0, True), held
    another = str(TestKey(name=f"sentinel/{small.id}").verifier)
    refused = site.run("audit", "verify", "--key", another)
    assert (refused.code, refused.out, refused.err.splitlines()[0]) == (
        1,
        "",
        f"sentinel: The history is not signed with the key that you kept, {another}.",
    )
    broken = site.run("audit", "verify", "--key", kept[:-4])
    assert (broken.code, "is not the public key of a history." in broken.err) == (2, True), broken


async def test_a_history_that_was_changed_is_found_named_and_blocks(own: Installation) -> None:
    async with governed(own) as client:
        await agent.good(client, "start_sprint", name="One")
        with closing(sqlite3.connect(own.home / "sentinel.db")) as database, database:
            database.execute("UPDATE audit SET entry = replace(entry, 'trusted by', 'read by') WHERE sequence = 2")
        changed = own.run("audit", "verify")
        assert (changed.code, changed.out) == (
            1,
            "The history was tampered with: entry 2 was changed. This is recorded as a high finding.\n",
        )
        assert own.run("audit", "verify", "--json").json["proof"]["fault"]["sequence"] == 2
        prepared = await agent.prepare(client)
        assert "Unresolved High Severity Audit Log" in agent.sentence(prepared)


def test_findings_are_imported_listed_and_resolved(site: Installation, short_folder: Path) -> None:
    report = short_folder / "report.sarif"
    report.write_text(sarif(result("leak\x1b[31m", "error")))
    site.run("sprint", "start", "One")
    assert site.confirmed("audit", "import", str(report)).out == "1 new finding recorded.\n"
    (found,) = site.run("audit", "list", "--findings", "--json").json["findings"]
    number = str(found["number"])
    line = f"{number:>4}  high  leak\\x1b[31m: leak\\x1b[31m is bad"
    assert site.run("audit", "list", "--findings").out == f"{line}\n"
    without = site.confirmed("audit", "resolve", number, "--reason", " ")
    assert (without.code, without.err.partition("\n")[0]) == (1, "sentinel: A reason is required to resolve a finding.")
    resolved = site.confirmed("audit", "resolve", number, "--reason", "Rotated")
    assert (resolved.code, resolved.out.endswith(": Rotated)\n")) == (0, True)
    again = site.confirmed("audit", "resolve", number, "--reason", "Rotated", "--json")
    assert (again.code, again.json["what"]) == (1, f"There is no open finding {number}.")
    assert site.run("audit", "list", "--findings").out == "No open finding.\n"
    assert site.run("audit", "list", "--findings", "--all").out.startswith(f"{line} (resolved by person:")
    report.write_text("{}")
    broken = site.confirmed("audit", "import", str(report))
    assert (broken.code, broken.err.partition("\n")[0]) == (
        2,
        'sentinel: The file is not SARIF 2.1.0: it has no "version": "2.1.0" with "runs".',
    )
    missing = site.confirmed("audit", "import", str(short_folder / "none.sarif"))
    assert (missing.code, "cannot be read: No such file or directory." in missing.err) == (2, True)
