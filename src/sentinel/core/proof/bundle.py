"""An exported history as files: which there are, and what each of them says.

Everything but the entries, the tags and the keys is a copy of what entries hold, laid out for other people's tools.
"""

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from sentinel.core.approval.approvers import NAMESPACE
from sentinel.core.audit.chain import AuditEntry
from sentinel.errors.history import UnprovenBundleError

ENTRIES = "entries.jsonl"
README = "README.md"
KEYS, TAGS, CHECKPOINTS, ATTESTATIONS, APPROVALS = "keys/", "tags/", "checkpoints/", "attestations/", "approvals/"
VERIFIER = f"{KEYS}history.pub"
VERIFIER_PEM = f"{KEYS}history.pem"
ALLOWED_SIGNERS = f"{KEYS}allowed_signers"
NAME = re.compile(r"(?:(?:keys|tags|checkpoints|attestations|approvals)/)?[A-Za-z0-9_%][A-Za-z0-9_.%-]{0,249}")
"""The only names that a file of a bundle has: none leads out of it."""

_LAID_OUT = {"approval.claimed": (), "approval.signed": ("plan", "signature")}
"""Kinds of entries that say how somebody approved, and which of their texts are files of their own."""
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,199}")
_PUBLIC_KEY = re.compile(r"[a-z0-9][a-z0-9@.-]{0,99} [A-Za-z0-9+/]{1,8000}={0,2}")
_ATTESTATION = re.compile(r"[a-z][a-z-]{0,40}")


def pieces(entry: AuditEntry) -> Iterator[tuple[str, bytes]]:
    """The files that are copies of parts of `entry`, by name. Raises UnprovenBundleError where they cannot be made."""
    if entry.data.get("checkpoint"):
        yield f"{CHECKPOINTS}{entry.sequence}.note", text_of(entry, "checkpoint").encode()
    for name, envelope in attestations_of(entry).items():
        yield f"{ATTESTATIONS}{entry.sequence}-{name}.dsse.json", _pretty(envelope)
    if entry.kind in _LAID_OUT:
        rest: JsonValue = {name: value for name, value in entry.data.items() if name not in _LAID_OUT[entry.kind]}
        said: JsonValue = {"kind": entry.kind, "actor": entry.actor, "at": entry.at.isoformat(), "data": rest}
        yield f"{APPROVALS}{entry.sequence}.json", _pretty(said)
    if entry.kind == "approval.signed":
        yield f"{APPROVALS}{entry.sequence}.plan", text_of(entry, "plan").encode()
        yield f"{APPROVALS}{entry.sequence}.sig", text_of(entry, "signature").encode()
        yield f"{APPROVALS}{entry.sequence}.allowed_signers", allowed_signers(entry)


def text_of(entry: AuditEntry, name: str) -> str:
    """A text that the entry's data must have. Raises UnprovenBundleError."""
    value = entry.data.get(name)
    if not isinstance(value, str):
        raise UnprovenBundleError(problem=f"entry {entry.sequence} has no text called {name}")
    return value


def attestations_of(entry: AuditEntry) -> Mapping[str, JsonValue]:
    """The envelopes that the entry holds, by what they attest. Raises UnprovenBundleError."""
    found = entry.data.get("attestations", {})
    if not isinstance(found, dict) or not all(_ATTESTATION.fullmatch(name) for name in found):
        raise UnprovenBundleError(problem=f"entry {entry.sequence} holds something else than attestations")
    return found


def allowed_signers(entry: AuditEntry) -> bytes:
    """Who signed an approval with which key, as ssh-keygen reads it. Raises UnprovenBundleError."""
    principal, public_key = text_of(entry, "principal"), text_of(entry, "public_key")
    if not _PRINCIPAL.fullmatch(principal) or not _PUBLIC_KEY.fullmatch(public_key):
        raise UnprovenBundleError(problem=f"entry {entry.sequence} does not name a signer and a key")
    return f'{principal} namespaces="{NAMESPACE}" {public_key}\n'.encode()


def line_of(entry: AuditEntry) -> bytes:
    """The entry as a line of the bundle."""
    return json.dumps(entry.model_dump(mode="json"), sort_keys=True).encode() + b"\n"


def _pretty(document: JsonValue) -> bytes:
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"
