"""An exported history: proved without the daemon, by other people's tools, and found out where it was changed."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.installation import Installation, elsewhere
from tests.protocol.releasing import governed, history, release
from tests.protocol.small import Small


def tool(*words: str | Path, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=False, timeout=60)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture
async def bundle(site: Installation, short_folder: Path) -> Path:
    """The bundle of a project with one whole release, as a folder."""
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
    folder = short_folder / "bundle"
    done = site.run("audit", "export", "--output", str(folder))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"exported to {folder}: `sentinel audit verify` proves them anywhere.\n")
    return folder


async def test_a_bundle_is_proved_without_a_daemon_and_piece_by_piece_with_other_tools(
    bundle: Path, site: Installation, small: Small, short_folder: Path
) -> None:
    there = elsewhere(short_folder)
    proved = there.run("audit", "verify", str(bundle), "--json")
    entries = history(site)
    key = (bundle / "keys/history.pub").read_text().strip()
    assert (proved.code, proved.json["proof"]) == (
        0,
        {
            "project": small.id,
            "key": key,
            "entries": len(entries),
            "checkpoints": 2,
            "tags": 1,
            "attestations": 2,
            "approvals": 0,
        },
    )
    assert not there.home.exists()
    assert there.run("audit", "verify", str(bundle), "--key", key).out == (
        f"The bundle is whole: {len(entries)} entries of {small.id}, each bound to the one before it, with "
        "2 checkpoints, 1 release tag, 2 attestations and 0 signed approvals.\nSigned by the key that you kept.\n"
    )
    _the_notes_by_openssl(bundle, entries)
    _the_tag_by_git(bundle, short_folder)
    _the_attestations_by_openssl(bundle, entries)
    (approved,) = (bundle / "approvals").iterdir()
    assert read(approved)["kind"] == "approval.claimed"


def _verified(bundle: Path, message: bytes, signature: bytes) -> None:
    """By openssl, which knows the public key from the bundle's PEM file."""
    signed, signature_file = bundle.parent / "message", bundle.parent / "signature"
    signed.write_bytes(message)
    signature_file.write_bytes(signature)
    words = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", bundle / "keys/history.pem", "-rawin")
    done = tool(*words, "-in", signed, "-sigfile", signature_file, cwd=bundle)
    assert (done.returncode, done.stdout.strip()) == (0, b"Signature Verified Successfully")


def _the_notes_by_openssl(bundle: Path, entries: list[dict[str, Any]]) -> None:
    name, key_id, encoded = (bundle / "keys/history.pub").read_text().strip().split("+", 2)
    typed = base64.b64decode(encoded)
    assert typed[:1] == b"\x01"
    assert hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8] == key_id
    notes = sorted((bundle / "checkpoints").iterdir())
    assert len(notes) == 2
    for note in notes:
        body, _, line = note.read_bytes().partition(b"\n\n")
        origin, size, root = body.decode().split("\n")
        dash, signer, signed = line.decode().rstrip("\n").split(" ")
        assert (origin, dash, signer) == (name, "\u2014", name)
        assert base64.b64decode(root).hex() == entries[int(size) - 1]["digest"]
        data = base64.b64decode(signed)
        assert data[:4].hex() == key_id
        _verified(bundle, body + b"\n", data[4:])


def _the_tag_by_git(bundle: Path, folder: Path) -> None:
    repository = folder / "fresh"
    tool("git", "init", "--quiet", repository, cwd=folder)
    made = tool("git", "hash-object", "-w", "-t", "tag", bundle / "tags/v0.1.0", cwd=repository)
    signers = f"gpg.ssh.allowedSignersFile={bundle / 'keys/allowed_signers'}"
    verified = tool("git", "-c", signers, "verify-tag", made.stdout.decode().strip(), cwd=repository)
    assert verified.returncode == 0, verified.stderr
    assert b'Good "git" signature for sentinel@localhost' in verified.stderr
    key = (bundle / "keys/history.pub").read_text()
    assert f"\nhistory-key {key}" in (bundle / "tags/v0.1.0").read_text()


def _the_attestations_by_openssl(bundle: Path, entries: list[dict[str, Any]]) -> None:
    (accepted,) = (entry for entry in entries if entry["data"].get("on") == "candidate accepted")
    stated = {}
    for path in (bundle / "attestations").iterdir():
        envelope = read(path)
        kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
        encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        _verified(bundle, encoded, base64.b64decode(envelope["signatures"][0]["sig"]))
        statement = json.loads(payload)
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        stated[statement["predicateType"]] = statement
    built = stated["https://slsa.dev/provenance/v1"]
    assert {one["name"]: one["digest"]["sha256"] for one in built["subject"]} == accepted["data"]["artifacts"]
    tested = stated["https://in-toto.io/attestation/test-result/v0.1"]
    assert tested["subject"][0]["digest"]["gitTree"] == accepted["data"]["tree"]
    assert tested["predicate"]["result"] == "PASSED"


async def test_a_tar_is_the_same_whoever_writes_it_and_replaces_nothing(
    bundle: Path, site: Installation, short_folder: Path
) -> None:
    first, second = short_folder / "one.tar", short_folder / "two.tar"
    for path in (first, second):
        assert site.run("audit", "export", "--output", str(path)).code == 0
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        assert sorted(archive.getnames()) == sorted(
            path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()
        )
    assert elsewhere(short_folder).run("audit", "verify", str(first)).code == 0
    for taken in (first, bundle):
        again = site.run("audit", "export", "--output", str(taken))
        assert (again.code, again.err.partition("\n")[0]) == (
            2,
            f"sentinel: The bundle cannot be written to {taken}: File exists.",
        )
    missing = site.run("audit", "export", "--output", str(short_folder / "none" / "bundle"))
    assert (missing.code, "No such file or directory." in missing.err) == (2, True)
    assert [path.name for path in short_folder.iterdir() if path.name.startswith(".sentinel")] == []


def lines(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "entries.jsonl").read_text().splitlines()]


def write(bundle: Path, entries: list[dict[str, Any]]) -> None:
    """Whatever the entries say now, in a chain that holds."""
    previous = "0" * 64
    for number, entry in enumerate(entries, 1):
        entry |= {"previous": previous, "sequence": number}
        content = {name: value for name, value in entry.items() if name != "digest"}
        content["at"] = _microseconds(entry["at"])
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        entry["digest"] = previous = hashlib.sha256(canonical.encode()).hexdigest()
    (bundle / "entries.jsonl").write_text("".join(f"{json.dumps(entry, sort_keys=True)}\n" for entry in entries))


def _microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def cut_short(bundle: Path) -> str:
    kept = lines(bundle)[:4]
    write(bundle, kept)
    for folder in ("checkpoints", "attestations", "approvals"):
        shutil.rmtree(bundle / folder)
    return "entry 5 is missing: tag v0.1.0 was signed over"


def edited(bundle: Path) -> str:
    text = (bundle / "entries.jsonl").read_text()
    (bundle / "entries.jsonl").write_text(text.replace("trusted by", "read by", 1))
    return "entry 2 was changed."


def chained_again(bundle: Path) -> str:
    entries = lines(bundle)
    entries[1]["actor"] = "person:mallory"
    write(bundle, entries)
    return "is not the one that the checkpoint of entry"


def chained_again_without_checkpoints(bundle: Path) -> str:
    entries = lines(bundle)
    entries[1]["actor"] = "person:mallory"
    for entry in entries:
        entry["data"].pop("checkpoint", None)
    write(bundle, entries)
    shutil.rmtree(bundle / "checkpoints")
    return "is not the one that tag v0.1.0 was signed over."


def another_key(bundle: Path) -> str:
    (bundle / "keys/history.pub").write_text("sentinel/shop+c7b1a3e8+AaaG\n")
    return "is not the public key of a history."


def note_of_another(bundle: Path) -> str:
    note = min((bundle / "checkpoints").iterdir())
    note.write_text(note.read_text().replace("\n1", "\n2", 1))
    return f"checkpoints/{note.name} is not what entry {note.stem} says."


def without_a_note(bundle: Path) -> str:
    note = min((bundle / "checkpoints").iterdir())
    note.unlink()
    return f"checkpoints/{note.name} is missing."


def stranger(bundle: Path) -> str:
    (bundle / "attestations" / "999-provenance.dsse.json").write_text("{}")
    return "no entry mentions attestations/999-provenance.dsse.json."


def other_tag(bundle: Path) -> str:
    tag = bundle / "tags/v0.1.0"
    tag.write_text(tag.read_text().replace("tree ", "tree 0", 1))
    return "tag v0.1.0 is not the one that entry"


def no_entries(bundle: Path) -> str:
    (bundle / "entries.jsonl").unlink()
    return "entries.jsonl is missing."


FAULTS = (
    cut_short,
    edited,
    chained_again,
    chained_again_without_checkpoints,
    another_key,
    note_of_another,
    without_a_note,
    stranger,
    other_tag,
    no_entries,
)


async def test_every_change_of_a_bundle_is_found_and_named(bundle: Path, short_folder: Path) -> None:
    there = elsewhere(short_folder)
    for fault in FAULTS:
        changed = short_folder / fault.__name__
        shutil.copytree(bundle, changed)
        problem = fault(changed)
        found = there.run("audit", "verify", str(changed))
        first = found.err.partition("\n")[0]
        assert found.code == 1, (fault.__name__, found)
        assert first.startswith("sentinel: The bundle does not prove its history: "), first
        assert problem in first, (fault.__name__, first)
    key = (bundle / "keys/history.pub").read_text().strip()
    other = f"{key[:-2]}{'A' if key[-2] != 'A' else 'B'}="
    refused = there.run("audit", "verify", str(bundle), "--key", other)
    assert (refused.code, "is not the public key of a history." in refused.err) == (2, True)


def link(folder: Path) -> None:
    (folder / "keys/secret.pub").symlink_to("/etc/passwd")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "keys/pipe.pub")


def deep(folder: Path) -> None:
    (folder / "keys/deep").mkdir()
    (folder / "keys/deep/key.pub").write_text("")


def large(folder: Path) -> None:
    with (folder / "keys/history.pub").open("wb") as stream:
        stream.truncate(8 * 1024 * 1024)


def escape(folder: Path) -> None:
    (folder / "keys/\x1b[31m").write_text("")


@pytest.mark.parametrize("spoil", [link, pipe, deep, large, escape])
def test_what_no_bundle_has_is_refused(short_folder: Path, spoil: Callable[[Path], None]) -> None:
    folder = short_folder / "bundle"
    (folder / "keys").mkdir(parents=True)
    (folder / "keys/history.pub").write_text("")
    spoil(folder)
    found = elsewhere(short_folder).run("audit", "verify", str(folder))
    assert (found.code, found.err.startswith(f"sentinel: The bundle {folder} cannot be read: ")) == (2, True), found
    assert "\x1b" not in found.err


@pytest.mark.parametrize("name", ["../outside", "/outside", "keys/../../outside", "keys/twice"])
def test_a_name_that_leads_out_of_a_tar_is_refused(short_folder: Path, name: str) -> None:
    path = short_folder / "bundle.tar"
    with tarfile.open(path, "w") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo(name))
    found = elsewhere(short_folder).run("audit", "verify", str(path))
    assert (found.code, found.err.startswith(f"sentinel: The bundle {path} cannot be read: ")) == (2, True), found


def test_a_file_that_is_no_tar_and_one_that_is_not_there_are_said_so(short_folder: Path) -> None:
    (short_folder / "text.tar").write_text("hello")
    for name, reason in (("text.tar", "it is no bundle"), ("none.tar", "No such file or directory")):
        found = elsewhere(short_folder).run("audit", "verify", str(short_folder / name))
        assert (found.code, found.err.partition("\n")[0]) == (
            2,
            f"sentinel: The bundle {short_folder / name} cannot be read: {reason}.",
        )
