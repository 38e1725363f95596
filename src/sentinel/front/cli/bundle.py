"""Exports the whole history as a bundle, and verifies one."""

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sentinel.adapters.bundle_files import opened, write
from sentinel.adapters.keys import history_key, ssh_signatures
from sentinel.core.audit.chain import AuditEntry
from sentinel.core.proof.checkpoint import TagObject, read_key
from sentinel.core.proof.release_proof import (
    ENTRIES,
    KEYS,
    README,
    TAGS,
    VERIFIER,
    VERIFIER_PEM,
    ExportedTags,
    line_of,
    pieces,
)
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.engine.proof import Proven, prove
from sentinel.errors.history import AnotherKeyError, BundleTargetError


class Source(Protocol):
    """The command line's client of the daemon, or the daemon itself."""

    def ask(self, wire: str, **arguments: object) -> Any: ...


@dataclass(frozen=True, slots=True)
class HeldSignatures:
    """Signatures as they are verified here: by cryptography, and by ssh-keygen."""

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return history_key.verify(public, message, signature)

    def ssh(self, signers: bytes, principal: str, namespace: str, message: bytes, signature: bytes) -> bool:
        return ssh_signatures.verify(signers, principal, namespace, message, signature)


def all_entries(client: Source) -> Iterator[Any]:
    """The whole history, page by page."""
    after = 0
    while page := client.ask("audit_entries", after=after, limit=AUDIT_PAGE):
        yield from page
        after = page[-1]["sequence"]


def verify(path: Path, key: str | None) -> Proven:
    """Neither daemon nor store are asked. Raises UnprovenBundleError."""
    with opened(path) as bundle:
        return prove(bundle, HeldSignatures(), key=key)


def require_key(client: Source, key: str) -> None:
    """Raises AnotherKeyError if the daemon's history has another key than the one that was kept."""
    if (kept := read_key(key)) != read_key(client.ask("audit_keys")["verifier"]):
        raise AnotherKeyError(key=kept)


def export(client: Source, target: Path) -> int:
    """Writes the bundle completely or not at all; returns how many entries it has. Raises BundleTargetError."""
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".sentinel-", ignore_cleanup_errors=True) as aside:
            folder = Path(aside, "bundle")
            folder.mkdir()
            count = _fill(client, folder)
            write(folder, target)
    except OSError as error:
        raise BundleTargetError(path=target, reason=error.strerror or str(error)) from None
    return count


def _fill(client: Source, folder: Path) -> int:
    # Before the entries: what a tag was signed over is then among them.
    tags = ExportedTags([TagObject(tag["name"], base64.b64decode(tag["content"])) for tag in client.ask("audit_tags")])
    keys = client.ask("audit_keys")
    verifier = read_key(keys["verifier"])
    count = 0
    with (folder / ENTRIES).open("wb") as lines:
        for document in all_entries(client):
            entry = AuditEntry.model_validate(document)
            lines.write(line_of(entry))
            count += 1
            tags.take(entry)
            for name, content in pieces(entry):
                _put(folder, name, content)
    for tag in tags.chosen():
        _put(folder, f"{TAGS}{tag.file_name}", tag.content)
    _put(folder, VERIFIER, f"{verifier}\n".encode())
    _put(folder, VERIFIER_PEM, history_key.pem_of(verifier))
    for name, text in keys["files"].items():
        _put(folder, f"{KEYS}{name}", text.encode())
    _put(folder, README, README_TEXT.format(project=verifier.name.partition("/")[2], key=verifier).encode())
    return count


def _put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def proven_text(proven: Proven, *, kept: bool) -> str:
    """What a person reads about a bundle that was verified."""
    pieces = (
        (proven.checkpoints, "checkpoint"),
        (proven.tags, "release tag"),
        (proven.attestations, "attestation"),
        (proven.approvals, "signed approval"),
    )
    counted = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in pieces]
    named = "the key that you kept" if kept else f"the key {proven.key}"
    return (
        f"The bundle is whole: {proven.entries} entries of {proven.project}, each bound to the one before it, with "
        f"{', '.join(counted[:-1])} and {counted[-1]}.\nSigned by {named}."
    )


README_TEXT = """\
# The release history of {project}

Exported by Sentinel. With Sentinel at hand, `sentinel audit verify BUNDLE` checks all of it at once, without a network.
Without it, every piece can be checked by other tools.

- `entries.jsonl`: one entry a line. Each has the SHA-256 digest of the one before it as `previous`. Its own `digest` is
  that of its other fields as JSON with sorted keys, no spaces and only ASCII, with `at` as microseconds since 1970.
- `checkpoints/N.note`: the checkpoint that entry N holds, a signed note (c2sp.org/signed-note) in the form of
  c2sp.org/tlog-checkpoint. Its second line is the number of an entry, its third that entry's `digest` in base64: the
  head of a hash chain, not the root of a Merkle tree.
- `keys/history.pub`: the key of those notes, and `keys/history.pem` the same for openssl. Compare it with the line
  `history-key` of a release tag that you have from elsewhere. It is

      {key}

- `tags/`: the release tags as git stores them, each with the newest checkpoint in its message. In any repository,

      git hash-object -w -t tag tags/v1.2.0
      git -c gpg.ssh.allowedSignersFile=keys/allowed_signers verify-tag OBJECT

  where OBJECT is what the first command prints. (Tags in the OpenPGP format: `gpg --import keys/signing.asc` before.)
- `attestations/N-*.dsse.json`: in-toto statements (SLSA provenance and test result) in DSSE envelopes, signed with the
  key of the history.
- `approvals/N.json`: who approved what, and when. Where approvals are signed, `N.plan` is what was signed:

      ssh-keygen -Y verify -f approvals/N.allowed_signers -I PRINCIPAL -n sentinel-approval \\
        -s approvals/N.sig <approvals/N.plan
"""
