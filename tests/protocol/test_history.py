"""The provable history: checkpoints in release tags, and a store that was changed behind Sentinel's back."""

import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.core.audit.chain import AuditEntry
from tests.protocol import agent
from tests.protocol.installation import Installation, elsewhere
from tests.protocol.releasing import Live, governed, history, release
from tests.protocol.rewriting import chained_again, rewrite


def mirror(site: Installation) -> Path:
    return site.home / "projects" / site.project.name / "mirror.git"


def note_of(site: Installation, live: Live, tag: str) -> str:
    """The note in a tag's message, as a person would cut it out."""
    text = live.small.git(f"--git-dir={mirror(site)}", "cat-file", "tag", tag)
    begin = text.index(f"sentinel/{live.small.id}\n")
    return text[begin : text.index("-----BEGIN")]


async def test_a_release_tag_carries_the_checkpoint_that_its_release_was_accepted_with(
    site: Installation, live: Live
) -> None:
    async with governed(site) as client:
        found = await release(client, site)
    assert found["state"] == "IDLE"
    entries = history(site)
    accepted, closed = (entry for entry in entries if "checkpoint" in entry["data"])
    assert (accepted["data"]["on"], closed["data"]["on"]) == ("candidate accepted", "release closed")
    note = note_of(site, live, "v0.1.0")
    assert note == accepted["data"]["checkpoint"]
    for entry in (accepted, closed):
        origin, size, _digest = entry["data"]["checkpoint"].split("\n")[:3]
        assert origin == f"sentinel/{live.small.id}"
        assert 1 <= int(size) < entry["sequence"]
    assert set(accepted["data"]["attestations"]) == {"provenance", "test-result"}
    assert site.run("audit", "verify", "--json").json["proof"] == {
        "entries": len(entries),
        "tags": 1,
        "fault": None,
        "lost": 0,
    }
    assert site.run("audit", "verify").out.endswith("bound to the one before it. 1 release tag confirms it.\n")


def shorter(entries: list[AuditEntry]) -> list[AuditEntry]:
    return entries[:4]


def edited(entries: list[AuditEntry]) -> list[AuditEntry]:
    return chained_again([entries[0], entries[1].model_copy(update={"actor": "person:mallory"}), *entries[2:]])


def without_one(entries: list[AuditEntry]) -> list[AuditEntry]:
    return chained_again([*entries[:2], *entries[3:]])


@pytest.mark.parametrize("tamper", [shorter, edited, without_one])
async def test_a_history_that_was_rewritten_whole_is_found_through_the_tag(own: Installation, tamper: Any) -> None:
    async with governed(own) as client:
        await agent.to_candidate(client)
    signed_over = int(note_size(own))
    own.stop()
    rewrite(own, tamper)
    found = own.run("audit", "verify")
    problem = {
        shorter: f"entry 5 is missing: tag v0.1.0 was signed over {signed_over} entries",
        edited: f"entry {signed_over} is not the one that tag v0.1.0 was signed over",
        without_one: f"entry {signed_over} is not the one that tag v0.1.0 was signed over",
    }[tamper]
    told = f"The history was tampered with: {problem}. This is recorded as a high finding.\n"
    assert (found.code, found.out, found.err) == (1, told, "")
    listed = own.run("audit", "list", "--findings").out
    assert f"The audit history was tampered with: {problem}." in listed


def note_size(site: Installation) -> str:
    (accepted,) = (entry for entry in history(site) if "checkpoint" in entry["data"])
    return str(json.loads(json.dumps(accepted["data"]["checkpoint"])).split("\n")[1])


async def test_a_tag_with_a_checkpoint_of_another_key_is_found(own: Installation, live: Live) -> None:
    async with governed(own) as client:
        await agent.to_candidate(client)
    own.stop()
    keys = own.home / "projects" / live.small.id / "keys"
    assert (keys / "history").stat().st_mode & 0o777 == 0o600
    for name in ("history", "history.pub", "history.pem"):
        (keys / name).unlink()
    found = own.run("audit", "verify")
    assert (found.code, found.out.partition(". ")[0]) == (
        1,
        "The history was tampered with: the checkpoint in tag v0.1.0 is not signed by the key of this history",
    )


async def test_a_history_whose_key_was_lost_is_proved_by_the_public_half_and_another_one_is_begun(
    own: Installation, live: Live, short_folder: Path
) -> None:
    """As docs/history.md says."""
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
    own.stop()
    for name in ("history", "history.pub", "history.pem"):
        (own.home / "projects" / live.small.id / "keys" / name).unlink()
    bundle = short_folder / "bundle"
    assert own.run("audit", "export", "--output", str(bundle)).code == 0
    tag = (bundle / "tags/v0.1.0").read_text()
    (kept,) = (line.removeprefix("history-key ") for line in tag.splitlines() if line.startswith("history-key "))
    there = elsewhere(short_folder)
    assert there.run("audit", "verify", str(bundle), "--key", kept).code == 1
    (bundle / "keys/history.pub").write_text(f"{kept}\n")
    assert there.run("audit", "verify", str(bundle), "--key", kept).code == 0
    live.small.change_policy({"project": {"id": f"{live.small.id}-2"}})
    live.small.commit("Begin another history")
    live.small.git("fetch", "--quiet", str(mirror(own)), "refs/tags/*:refs/tags/*")
    own.pin()
    assert own.confirmed("adopt", "v0.1.0").code == 0
    assert own.run("audit", "verify", "--json").json["proof"]["fault"] is None


async def test_a_note_that_somebody_puts_into_a_tag_of_the_working_copy_is_nobodys(
    own: Installation, live: Live
) -> None:
    async with governed(own) as client:
        await agent.to_candidate(client)
        lines = note_of(own, live, "v0.1.0").split("\n")
        forged = "\n".join([lines[0], "999999", *lines[2:]])
        live.small.git("tag", "--annotate", "v9.9.9", "--message", f"v9.9.9\n\n{forged}")
        await agent.good(client, "abandon_release", reason="again")
        await agent.prepare(client)
    found = own.run("audit", "verify", "--json")
    assert (found.code, found.json["proof"]["fault"]) == (0, None)
