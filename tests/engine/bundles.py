"""Bundles in memory, of histories that a test makes up and signs itself."""

import base64
import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from sentinel.adapters.keys import history_key, ssh_signatures
from sentinel.core.audit.chain import AuditDraft, AuditHead
from sentinel.core.proof.attestations import (
    Build,
    Source,
    envelope_of,
    provenance,
    result_of_tests,
    signed_bytes,
    statement_bytes,
)
from sentinel.core.proof.checkpoint import Checkpoint
from sentinel.core.proof.release_proof import ENTRIES, README, VERIFIER, line_of, pieces
from sentinel.core.release.model import Artifact, Evidence
from tests.core.chains import chained
from tests.core.notes import NAME, TestKey
from tests.core.projects import NOON, SOAKED

KEY = TestKey()
COMMIT, TREE, TAG_OBJECT, SHA256 = "c" * 40, "d" * 40, "e" * 40, "a" * 64
ARTIFACT = Artifact(name="dist/shop.tar.gz", sha256=SHA256, size=3)


@dataclass(frozen=True, slots=True)
class MemoryBundle:
    files: dict[str, bytes] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(self.files)

    def read(self, name: str) -> bytes:
        return self.files[name]

    def lines(self, name: str) -> Iterator[bytes]:
        yield from self.files[name].splitlines(keepends=True)


class Held:
    """Signatures as the command verifies them."""

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return history_key.verify(public, message, signature)

    def ssh(self, signers: bytes, principal: str, namespace: str, message: bytes, signature: bytes) -> bool:
        return ssh_signatures.verify(signers, principal, namespace, message, signature)


def bundle_of(*drafts: AuditDraft, **files: bytes) -> MemoryBundle:
    """The bundle of these entries, in a chain that holds."""
    entries, _ = chained([(draft, NOON) for draft in drafts])
    made = {README: b"", ENTRIES: b"".join(map(line_of, entries)), VERIFIER: f"{KEY.verifier}\n".encode()}
    for entry in entries:
        made |= dict(pieces(entry))
    return MemoryBundle(made | files)


def begun(count: int = 3) -> tuple[AuditDraft, ...]:
    return tuple(AuditDraft("test.step", "person:ada", f"step {number}") for number in range(count))


def end_of(drafts: tuple[AuditDraft, ...]) -> AuditHead:
    return chained([(draft, NOON) for draft in drafts])[1]


def checkpointed(drafts: tuple[AuditDraft, ...], key: TestKey = KEY, origin: str = NAME) -> AuditDraft:
    """An entry with a checkpoint of all that is before it."""
    head = end_of(drafts)
    return AuditDraft(
        "transition", "sentinel", "closed", {"checkpoint": key.note(Checkpoint(origin, head.sequence, head.digest))}
    )


def enveloped(statement: JsonValue, key: TestKey = KEY) -> JsonValue:
    payload = statement_bytes(statement)
    document: JsonValue = envelope_of(payload, key.verifier, key.secret.sign(signed_bytes(payload))).model_dump(
        mode="json"
    )
    return document


def built(**changed: Any) -> JsonValue:
    fields = {"tag": "v1.2.0", "tag_object": TAG_OBJECT, "commit": COMMIT, "tree": TREE, "policy_digest": "f" * 64}
    artifact = ARTIFACT.model_copy(update={"sha256": changed.pop("sha256", SHA256)})
    return provenance(Source(**{**fields, **changed}), Build("shop-7f3a", "op1", NOON, NOON), [artifact])


def suite(*, passed: bool = True, tree: str = TREE) -> JsonValue:
    evidence = Evidence(tree=tree, commit=COMMIT, passed=passed, ended=SOAKED, summary="")
    return result_of_tests(evidence, "f" * 64)


def accepted(attestations: Mapping[str, JsonValue]) -> AuditDraft:
    data: dict[str, JsonValue] = {
        "on": "candidate accepted",
        "tag": "v1.2.0",
        "tag_object": TAG_OBJECT,
        "commit": COMMIT,
        "tree": TREE,
        "artifacts": {ARTIFACT.name: SHA256},
        "attestations": dict(attestations),
    }
    return AuditDraft("transition", "sentinel", "accepted", data)


class Person:
    """Somebody with an ssh key of their own, who signs with the real program."""

    def __init__(self, folder: Path, principal: str = "ada@example.org") -> None:
        self.principal = principal
        self._key = folder / principal
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(self._key))
        self.public_key = self._key.with_suffix(f"{self._key.suffix}.pub").read_text().strip()

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(base64.b64decode(self.public_key.split(" ")[1])).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def sign(self, text: str, namespace: str = "sentinel-approval") -> str:
        return _run("ssh-keygen", "-Y", "sign", "-f", str(self._key), "-n", namespace, stdin=text)

    def approval(self, plan: str, **changed: JsonValue) -> AuditDraft:
        data: dict[str, JsonValue] = {
            "approval": "question-1",
            "digest": hashlib.sha256(plan.encode()).hexdigest(),
            "principal": self.principal,
            "fingerprint": self.fingerprint,
            "public_key": self.public_key,
            "plan": plan,
            "signature": self.sign(plan),
        }
        return AuditDraft("approval.signed", "person:ada", "signed", {**data, **changed})


def asked(plan: str) -> AuditDraft:
    data: dict[str, JsonValue] = {
        "on": "approval requested",
        "approval": "question-1",
        "plan": hashlib.sha256(plan.encode()).hexdigest(),
    }
    return AuditDraft("transition", "sentinel", "asked", data)


def claimed(plan: str) -> AuditDraft:
    return AuditDraft("approval.claimed", "person:ada", "approved", {**asked(plan).data, "proven": True})


def _run(*words: str, stdin: str = "") -> str:
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=True, timeout=60).stdout
