"""An exported history: its files, and what its entries claim about releases, checked against the signatures."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from sentinel.core.approval.question import NAMESPACE
from sentinel.core.approval.sshsig import fingerprint
from sentinel.core.audit.chain import AuditEntry
from sentinel.core.proof.attestations import (
    PROVENANCE,
    TEST_RESULT,
    Envelope,
    read_envelope,
    read_statement,
    signed_bytes,
    subjects_of,
)
from sentinel.core.proof.checkpoint import TagObject, VerifierKey, Witness, contradiction, read_note
from sentinel.core.release.states import Event
from sentinel.errors.history import BrokenEnvelopeError, BrokenNoteError, UnprovenBundleError

ENTRIES = "entries.jsonl"
README = "README.md"
KEYS, TAGS, CHECKPOINTS, ATTESTATIONS, APPROVALS = "keys/", "tags/", "checkpoints/", "attestations/", "approvals/"
VERIFIER = f"{KEYS}history.pub"
VERIFIER_PEM = f"{KEYS}history.pem"
ALLOWED_SIGNERS = f"{KEYS}allowed_signers"
NAME = re.compile(r"(?:(?:keys|tags|checkpoints|attestations|approvals)/)?[A-Za-z0-9_%][A-Za-z0-9_.%-]{0,249}")
"""The only names that files of a bundle may have: none leads out of it."""

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
        raise UnprovenBundleError(problem=f"entry {entry.sequence} holds something other than attestations")
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


Ed25519 = Callable[[bytes, bytes, bytes], bool]
"""Whether a signature holds: public key, message, signature."""
Ssh = Callable[[bytes, str, str, bytes, bytes], bool]
"""The same by ssh-keygen: allowed signers, principal, namespace, message, signature."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A release candidate as the history accepted it."""

    sequence: int
    tag: str
    tag_object: str
    commit: str
    tree: str
    artifacts: Mapping[str, str]
    attestations: Mapping[str, JsonValue]
    content: JsonValue = None

    @classmethod
    def of(cls, entry: AuditEntry) -> "Accepted | None":
        """None for an entry of anything else, and for one from before tags were recorded.

        Raises UnprovenBundleError.
        """
        if not _is(entry, Event.CANDIDATE_ACCEPTED) or "tag_object" not in entry.data:
            return None
        artifacts = entry.data.get("artifacts")
        if not isinstance(artifacts, dict):
            raise UnprovenBundleError(problem=f"entry {entry.sequence} names no artifacts")
        tag, tag_object, commit, tree = (text_of(entry, name) for name in ("tag", "tag_object", "commit", "tree"))
        digests = {name: str(sha256) for name, sha256 in artifacts.items()}
        return cls(
            entry.sequence, tag, tag_object, commit, tree, digests, attestations_of(entry), entry.data.get("content")
        )

    def names(self, tag: TagObject) -> bool:
        """Whether `tag` is the object that was accepted, of that name and commit."""
        return tag.has_id(self.tag_object) and (tag.header("object"), tag.header("tag")) == (self.commit, self.tag)


def check_statements(accepted: Accepted, key: VerifierKey, valid: Ed25519) -> int:
    """How many attestations there are, each signed by `key` and about this release. Raises UnprovenBundleError."""
    for name, document in accepted.attestations.items():
        what = f"the attestation {name} of entry {accepted.sequence}"
        try:
            envelope = read_envelope(document)
            statement = read_statement(envelope)
            signature = envelope.signature_of(key)
        except BrokenEnvelopeError as error:
            raise UnprovenBundleError(problem=f"{what} is broken: {error.what.rstrip('.')}") from None
        _require_signed(envelope, signature, key, valid, what)
        if name not in _ABOUT or not _ABOUT[name](accepted, statement):
            raise UnprovenBundleError(problem=f"{what} is not about what that entry accepted")
    return len(accepted.attestations)


def _require_signed(envelope: Envelope, signature: bytes | None, key: VerifierKey, valid: Ed25519, what: str) -> None:
    if signature is None or not valid(key.public, signed_bytes(envelope.statement), signature):
        raise UnprovenBundleError(problem=f"{what} is not signed by the key of this history")


def _is_provenance(accepted: Accepted, statement: Mapping[str, JsonValue]) -> bool:
    built = _within(statement, "predicate", "buildDefinition", "resolvedDependencies", 0, "digest")
    source = {"gitCommit": accepted.commit, "gitTree": accepted.tree, "gitTag": accepted.tag_object}
    named = statement.get("subject") == list(subjects_of(accepted.artifacts))
    return statement.get("predicateType") == PROVENANCE and named and built == source


def _is_test_result(accepted: Accepted, statement: Mapping[str, JsonValue]) -> bool:
    tree = _within(statement, "subject", 0, "digest", "gitTree")
    content = _within(statement, "subject", 0, "digest", "contentSha256")
    same = tree == accepted.tree or (bool(accepted.content) and content == accepted.content)
    passed = _within(statement, "predicate", "result") == "PASSED"
    return statement.get("predicateType") == TEST_RESULT and same and passed


_ABOUT: Mapping[str, Callable[[Accepted, Mapping[str, JsonValue]], bool]] = {
    "provenance": _is_provenance,
    "test-result": _is_test_result,
}


class Approvals:
    """Checks approvals in the order of the history: each must be of a plan that was asked about before."""

    def __init__(self, ssh: Ssh) -> None:
        self._ssh = ssh
        self._asked: dict[str, str] = {}
        self.signed = 0

    def take(self, entry: AuditEntry) -> None:
        """Raises UnprovenBundleError."""
        if entry.kind == "approval.requested" or _is(entry, Event.APPROVAL_REQUESTED):
            self._asked[text_of(entry, "approval")] = text_of(entry, "plan")
        elif entry.kind == "approval.claimed":
            self._require_asked(entry, text_of(entry, "plan"))
        elif entry.kind == "approval.signed":
            self._check_signature(entry)
            self.signed += 1

    def _check_signature(self, entry: AuditEntry) -> None:
        plan, signature = text_of(entry, "plan").encode(), text_of(entry, "signature").encode()
        self._require_asked(entry, hashlib.sha256(plan).hexdigest())
        principal, public_key = text_of(entry, "principal"), text_of(entry, "public_key")
        signers = allowed_signers(entry)
        if _fingerprint(public_key) != text_of(entry, "fingerprint"):
            raise UnprovenBundleError(problem=f"the fingerprint in entry {entry.sequence} is not that of its key")
        if not self._ssh(signers, principal, NAMESPACE, plan, signature):
            raise UnprovenBundleError(problem=f"the signature of {principal} in entry {entry.sequence} is not valid")

    def _require_asked(self, entry: AuditEntry, digest: str) -> None:
        if self._asked.get(text_of(entry, "approval")) != digest:
            raise UnprovenBundleError(
                problem=f"entry {entry.sequence} approves a plan other than the one that was shown"
            )


def _is(entry: AuditEntry, event: Event) -> bool:
    return entry.kind == "transition" and entry.data.get("on") == event.value


def _within(document: object, *path: str | int) -> object:
    """A part of a JSON document; None if there is no such part."""
    for step in path:
        if isinstance(document, Mapping) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def _fingerprint(public_key: str) -> str:
    """The fingerprint of a key that `allowed_signers` has accepted as one."""
    try:
        return fingerprint(base64.b64decode(public_key.partition(" ")[2]))
    except binascii.Error:
        return ""


class ExportedTags:
    """Chooses Sentinel's own tags, after it has read every exported entry in order."""

    def __init__(self, tags: Sequence[TagObject]) -> None:
        self._tags = {tag: _witness(tag) for tag in tags}
        self._sizes = {one.checkpoint.size for one in self._tags.values() if one is not None}
        self._digests: dict[int, str] = {}
        self._accepted: dict[str, Accepted] = {}
        self._lost: set[str] = set()
        self._end = 0

    def take(self, entry: AuditEntry) -> None:
        """Raises UnprovenBundleError if it accepts a release and does not say which."""
        self._end = entry.sequence
        if entry.sequence in self._sizes:
            self._digests[entry.sequence] = entry.digest
        lost = entry.data.get("lost_tags")
        self._lost |= {str(digest) for digest in lost} if isinstance(lost, list) else set()
        if (release := Accepted.of(entry)) is not None:
            self._accepted[release.tag] = release

    def chosen(self) -> tuple[TagObject, ...]:
        """A tag of no release that agrees is what a candidate in the making, or one that was given up, has left.

        What an entry says of a history that is lost, by a person's word, is said there and by no tag.
        """
        tags = {tag: witness for tag, witness in self._tags.items() if tag.digest not in self._lost}
        return tuple(tag for tag, witness in tags.items() if self._is_of_release(tag) or self._contradicted_by(witness))

    def _is_of_release(self, tag: TagObject) -> bool:
        return tag.name in self._accepted and self._accepted[tag.name].names(tag)

    def _contradicted_by(self, witness: Witness | None) -> bool:
        return witness is not None and contradiction([witness], self._digests, self._end) is not None


def _witness(tag: TagObject) -> Witness | None:
    """The checkpoint in the tag, whoever signed it; None if it has none."""
    try:
        return Witness(tag.name, read_note(tag.note).checkpoint) if tag.note is not None else None
    except BrokenNoteError:
        return None
