"""Two releases that people signed, as somebody elsewhere checks them with the tools that they have anyway.

The tag of the second release speaks for the approval of the first: nothing that is done to the store gets past it.
"""

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import JsonValue

from sentinel.core.approval.sshsig import fingerprint
from sentinel.core.audit.chain import AuditEntry
from tests.protocol import agent
from tests.protocol.approvers import Person, name_approvers
from tests.protocol.installation import Installation, elsewhere
from tests.protocol.releasing import ENDS, governed, history
from tests.protocol.rewriting import chained_again, rewrite
from tests.protocol.small import Small


class Signed(NamedTuple):
    """Both releases by ada: the installation, and a clone of the remote by somebody with plain git."""

    site: Installation
    clone: Path
    first_approval: int
    """The number of its entry in the history."""

    def tag(self, name: str) -> bytes:
        return output("git", "cat-file", "tag", name, cwd=self.clone)

    def exported(self, name: str) -> Path:
        folder = self.clone.with_name(name)
        done = self.site.run("audit", "export", "--output", str(folder))
        assert (done.code, done.err) == (0, "")
        return folder


def output(*words: str | Path, cwd: Path, stdin: bytes = b"") -> bytes:
    """What another tool prints. Raises CalledProcessError where it says no."""
    done = subprocess.run([*map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=True, timeout=60)
    return done.stdout


@pytest.fixture
async def signed(own: Installation, small: Small, short_folder: Path) -> Signed:
    ada = Person.create(short_folder, "ada")
    own.home.mkdir()
    small.change_policy({"project": {"remote": "origin"}})
    name_approvers(own, small, ada.line())
    remote = small.add_remote()
    async with governed(own) as client:
        await agent.to_question(client)
        assert ada.approve(own).code == 0
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
        small.next_changes("0.1.0", "More")
        small.git("push", "--quiet", "origin", "main")
        await agent.to_question(client, "v0.2.0")
        assert ada.approve(own).code == 0
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    clone = short_folder / "clone"
    small.git("clone", "--quiet", str(remote), str(clone))
    approvals = [entry["sequence"] for entry in history(own) if entry["kind"] == "approval.signed"]
    assert len(approvals) == 2
    return Signed(own, clone, approvals[0])


async def test_a_signed_release_is_proved_in_one_piece_and_by_strangers_tools(signed: Signed) -> None:
    bundle = signed.exported("bundle")
    kept = _key_line(signed.tag("v0.1.0"))
    there = elsewhere(signed.clone.parent)
    proved = there.run("audit", "verify", str(bundle), "--key", kept, "--json")
    counted = {name: proved.json["proof"][name] for name in ("key", "checkpoints", "tags", "attestations", "approvals")}
    assert (proved.code, counted) == (
        0,
        {"key": kept, "checkpoints": 4, "tags": 2, "attestations": 4, "approvals": 2},
    )
    assert not there.home.exists()
    entries = [json.loads(line) for line in (bundle / "entries.jsonl").read_text().splitlines()]
    _the_approvals_by_ssh_keygen(bundle, entries, signed)
    _the_tags_by_git_from_a_plain_clone(bundle, entries, signed)
    _the_attestations_by_cryptography(bundle, kept)


def _key_line(tag: bytes) -> str:
    """The public key of the history, as a person reads it in a tag."""
    (line,) = (line for line in tag.decode().splitlines() if line.startswith("history-key "))
    return line.removeprefix("history-key ")


def _the_approvals_by_ssh_keygen(bundle: Path, entries: list[dict[str, Any]], signed: Signed) -> None:
    plans = sorted((bundle / "approvals").glob("*.plan"), key=lambda path: int(path.stem))
    tags = [json.loads(plan.read_text())["tag_object"] for plan in plans]
    named = [output("git", "rev-parse", name, cwd=signed.clone).decode().strip() for name in ("v0.1.0", "v0.2.0")]
    assert tags == named, "people signed for the very tags that anybody can fetch"
    for plan in plans:
        signers, signature = plan.with_suffix(".allowed_signers"), plan.with_suffix(".sig")
        principal = entries[int(plan.stem) - 1]["data"]["principal"]
        words = ("ssh-keygen", "-Y", "verify", "-n", "sentinel-approval", "-f", signers, "-s", signature)
        assert output(*words, "-I", principal, cwd=bundle, stdin=plan.read_bytes()).startswith(b"Good ")
        with pytest.raises(subprocess.CalledProcessError):
            output(*words, "-I", principal, cwd=bundle, stdin=plan.read_bytes() + b" ")


def _the_tags_by_git_from_a_plain_clone(bundle: Path, entries: list[dict[str, Any]], signed: Signed) -> None:
    accepted = [entry for entry in entries if entry["data"].get("on") == "candidate accepted"]
    assert [entry["data"]["tag"] for entry in accepted] == ["v0.1.0", "v0.2.0"]
    assert int((bundle / f"checkpoints/{accepted[1]['sequence']}.note").read_text().split("\n")[1]) > (
        signed.first_approval
    )
    for entry in accepted:
        name = entry["data"]["tag"]
        signers = f"gpg.ssh.allowedSignersFile={bundle / 'keys/allowed_signers'}"
        shown = output("git", "-c", signers, "tag", "-v", name, cwd=signed.clone)
        note = (bundle / f"checkpoints/{entry['sequence']}.note").read_bytes()
        assert note in shown, "the checkpoint in the tag is the one of the history"
        assert signed.tag(name) == (bundle / "tags" / name).read_bytes()


def _the_attestations_by_cryptography(bundle: Path, kept: str) -> None:
    """DSSE in a few lines of its own, with the key from the tag that was fetched."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(kept.split("+", 2)[2])[1:])
    envelopes = [json.loads(path.read_text()) for path in (bundle / "attestations").iterdir()]
    assert len(envelopes) == 4
    for envelope in envelopes:
        kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
        (signature,) = (base64.b64decode(one["sig"]) for one in envelope["signatures"])
        key.verify(signature, b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload)))
        with pytest.raises(InvalidSignature):
            key.verify(signature, b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload) + b"1", payload)))


Tamper = Callable[[list[AuditEntry]], list[AuditEntry]]


def _without_checkpoints(entries: list[AuditEntry]) -> list[AuditEntry]:
    """All but the tags are in the hands of whoever holds the store."""
    kept = {"checkpoint"}
    return [
        entry.model_copy(update={"data": {name: value for name, value in entry.data.items() if name not in kept}})
        for entry in entries
    ]


def _approved_by(person: Person, entry: AuditEntry) -> AuditEntry:
    """An approval with a signature that holds, of the very plan, by somebody who never gave it."""
    data: dict[str, JsonValue] = {
        **entry.data,
        "principal": person.name,
        "public_key": person.public,
        "fingerprint": fingerprint(base64.b64decode(person.public.split()[1])),
        "signature": person.sign(str(entry.data["plan"])),
    }
    return entry.model_copy(update={"data": data})


def _forgeries(signed: Signed) -> dict[str, Tamper]:
    mallory = Person.create(signed.clone.parent, "mallory")
    at = signed.first_approval - 1

    def another_signer(entries: list[AuditEntry]) -> list[AuditEntry]:
        kept = _without_checkpoints(entries)
        return chained_again([*kept[:at], _approved_by(mallory, kept[at]), *kept[at + 1 :]])

    def signed_by_nobody(entries: list[AuditEntry]) -> list[AuditEntry]:
        kept = _without_checkpoints(entries)
        return chained_again([*kept[:at], *kept[at + 1 :]])

    def cut_before_the_approval(entries: list[AuditEntry]) -> list[AuditEntry]:
        return entries[:at]

    return {one.__name__: one for one in (another_signer, signed_by_nobody, cut_before_the_approval)}


async def test_an_approval_that_is_forged_in_the_store_is_found_through_the_tag(signed: Signed, small: Small) -> None:
    there = elsewhere(signed.clone.parent)
    genuine: list[AuditEntry] = []
    size = int(signed.tag("v0.2.0").decode().split(f"sentinel/{small.id}\n", 1)[1].split("\n", 1)[0])
    for name, tamper in _forgeries(signed).items():
        signed.site.stop()

        def again(entries: list[AuditEntry], tamper: Tamper = tamper) -> list[AuditEntry]:
            genuine[:] = genuine or entries
            return tamper(genuine)

        rewrite(signed.site, again)
        missing = f"entry {signed.first_approval} is missing: tag v0.2.0 was signed over {size} entries"
        other = f"entry {size} is not the one that tag v0.2.0 was signed over"
        problem = missing if name == "cut_before_the_approval" else other
        bundle = signed.exported(name)
        _prove(there, bundle, problem)
        tag = bundle / "tags/v0.2.0"
        tag.unlink(missing_ok=True)
        whole = there.run("audit", "verify", str(bundle))
        assert whole.code == 0, "a bundle by itself says no more than whoever made it"
        tag.write_bytes(signed.tag("v0.2.0"))
        _prove(there, bundle, problem)
        found = signed.site.run("audit", "verify")
        assert (found.code, f"The history was tampered with: {problem}." in found.out) == (1, True), (name, found)


def _prove(there: Installation, bundle: Path, problem: str) -> None:
    found = there.run("audit", "verify", str(bundle))
    assert found.code == 1, found
    assert found.err.partition("\n")[0] == f"sentinel: The bundle does not prove its history: {problem}.", found
