"""Proves an exported history without the daemon, by comparing every piece of a bundle with the others."""

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import unquote

from pydantic import ValidationError

from sentinel.core.audit.chain import AuditEntry, AuditHead, ChainFault, follow_chain
from sentinel.core.proof.checkpoint import (
    Checkpoint,
    TagObject,
    VerifierKey,
    origin_of,
    read_key,
    read_note,
)
from sentinel.core.proof.release_proof import (
    ALLOWED_SIGNERS,
    ENTRIES,
    KEYS,
    README,
    TAGS,
    VERIFIER,
    Accepted,
    Approvals,
    check_statements,
    pieces,
)
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.git import SENTINEL_EMAIL
from sentinel.errors.history import BrokenKeyError, BrokenNoteError, UnprovenBundleError

DIGEST_SIZE = 32


class Bundle(Protocol):
    """The files of an exported history, each of bounded size. Every method raises BundleUnreadableError."""

    def names(self) -> tuple[str, ...]: ...

    def read(self, name: str) -> bytes: ...

    def lines(self, name: str) -> Iterator[bytes]: ...


class Signatures(Protocol):
    """Whether signatures are valid."""

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool: ...

    def ssh(self, signers: bytes, principal: str, namespace: str, message: bytes, signature: bytes) -> bool:
        """By an allowed_signers file, as `ssh-keygen -Y verify` decides."""
        ...


class Proven(Frozen):
    """What a bundle proves, with the number of pieces of each kind."""

    project: str
    key: str
    entries: int
    checkpoints: int
    tags: int
    attestations: int
    approvals: int


def prove(bundle: Bundle, signatures: Signatures, *, key: str | None = None) -> Proven:
    """Compares every piece with the others; `key` is the verifier key that the reader kept from another source.

    Raises UnprovenBundleError with the first fault, BundleUnreadableError, BrokenKeyError.
    """
    return _Proof(bundle, signatures, key).run()


class _Proof:
    def __init__(self, bundle: Bundle, signatures: Signatures, kept: str | None) -> None:
        self._bundle = bundle
        self._signatures = signatures
        self._names = frozenset(bundle.names())
        self._key = self._verifier(kept)
        self._reached = AuditHead()
        self._digests = bytearray()
        self._expected = {README, ENTRIES}
        self._accepted: dict[str, Accepted] = {}
        self._approvals = Approvals(signatures.ssh)
        self._checkpoints = self._attestations = 0

    def run(self) -> Proven:
        for line in self._bundle.lines(self._require(ENTRIES)):
            self._entry(self._linked(line))
        tags = [self._tag(name) for name in sorted(self._names) if name.startswith(TAGS)]
        for name in sorted(self._names - self._expected):
            if not name.startswith((KEYS, TAGS)):
                raise UnprovenBundleError(problem=f"no entry mentions {name}")
        return Proven(
            project=self._key.name.partition("/")[2],
            key=str(self._key),
            entries=self._reached.sequence,
            checkpoints=self._checkpoints,
            tags=len(tags),
            attestations=self._attestations,
            approvals=self._approvals.signed,
        )

    def _verifier(self, kept: str | None) -> VerifierKey:
        try:
            key = read_key(self._bundle.read(self._require(VERIFIER)).decode("utf-8", "replace"))
        except BrokenKeyError as error:
            raise UnprovenBundleError(problem=error.what.rstrip(".")) from None
        if kept is not None and read_key(kept) != key:
            raise UnprovenBundleError(problem="its key is not the one that you kept")
        return key

    def _require(self, name: str) -> str:
        if name not in self._names:
            raise UnprovenBundleError(problem=f"{name} is missing")
        return name

    def _linked(self, line: bytes) -> AuditEntry:
        """The next entry of the chain."""
        number = self._reached.sequence + 1
        try:
            entry = AuditEntry.model_validate_json(line)
        except ValidationError:
            raise UnprovenBundleError(problem=f"line {number} of {ENTRIES} is not an entry") from None
        found = follow_chain([entry], self._reached)
        if isinstance(found, ChainFault):
            raise UnprovenBundleError(problem=found.problem)
        if origin_of(entry.project) != self._key.name:
            raise UnprovenBundleError(problem=f"entry {number} is of another project than the key")
        self._reached = found
        self._digests += bytes.fromhex(entry.digest)
        return entry

    def _entry(self, entry: AuditEntry) -> None:
        for name, content in pieces(entry):
            self._expected.add(name)
            if self._bundle.read(self._require(name)) != content:
                raise UnprovenBundleError(problem=f"{name} is not what entry {entry.sequence} says")
        note = entry.data.get("checkpoint")
        if note:
            self._note(str(note), f"the checkpoint of entry {entry.sequence}", before=entry.sequence)
            self._checkpoints += 1
        if (accepted := Accepted.of(entry)) is not None:
            self._accepted[accepted.tag] = accepted
            self._attestations += check_statements(accepted, self._key, self._signatures.ed25519)
        self._approvals.take(entry)

    def _note(self, text: str, what: str, *, before: int) -> Checkpoint:
        """The note is signed by the key of the history, and the history had that length and that last entry."""
        try:
            note = read_note(text)
        except BrokenNoteError as error:
            raise UnprovenBundleError(problem=f"{what} is broken: {error.what.rstrip('.')}") from None
        signature, checkpoint = note.signature_of(self._key), note.checkpoint
        if signature is None or checkpoint.origin != self._key.name:
            raise UnprovenBundleError(problem=f"{what} is not signed by the key of this history")
        if not self._signatures.ed25519(self._key.public, checkpoint.body.encode(), signature):
            raise UnprovenBundleError(problem=f"the signature of {what} is not valid")
        if checkpoint.size >= before:
            problem = f"entry {before} is missing: {what} was signed over {checkpoint.size} entries"
            raise UnprovenBundleError(problem=problem)
        end = checkpoint.size * DIGEST_SIZE
        if self._digests[end - DIGEST_SIZE : end].hex() != checkpoint.digest:
            raise UnprovenBundleError(problem=f"entry {checkpoint.size} is not the one that {what} was signed over")
        return checkpoint

    def _tag(self, name: str) -> TagObject:
        """A release tag confirms the chain, and is the very object whose release the chain accepted."""
        tag = TagObject(unquote(name.removeprefix(TAGS)), self._bundle.read(name))
        if tag.note is not None:
            self._note(tag.note, f"tag {tag.name}", before=self._reached.sequence + 1)
        accepted = self._accepted.get(tag.name)
        if accepted is None and tag.note is not None:
            raise UnprovenBundleError(problem=f"no entry accepts the release of tag {tag.name}")
        if accepted is not None and not accepted.names(tag):
            raise UnprovenBundleError(problem=f"tag {tag.name} is not the one that entry {accepted.sequence} accepted")
        signed = tag.ssh_signed()
        if signed is not None and ALLOWED_SIGNERS in self._names:
            signers = self._bundle.read(ALLOWED_SIGNERS)
            if not self._signatures.ssh(signers, SENTINEL_EMAIL, "git", *signed):
                raise UnprovenBundleError(problem=f"the signature of tag {tag.name} is not valid")
        return tag
