"""Attestations of a release: in-toto statements in DSSE envelopes.

Statement v1, SLSA provenance v1 and test-result v0.1 follow https://github.com/in-toto/attestation and
https://slsa.dev/spec/v1.0/provenance; the envelope and its signature follow
https://github.com/secure-systems-lab/dsse.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import JsonValue, ValidationError

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.proof.checkpoint import VerifierKey
from sentinel.core.release.model import Artifact, Evidence
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.errors.history import BrokenEnvelopeError

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
BUILD_TYPE = "urn:sentinel:build:v1"
"""The build command of the policy, run in a fresh clone of the tag; see docs/history.md."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was built: the signed tag with the commit and tree that it names, under which pinned files."""

    tag: str
    tag_object: str
    commit: str
    tree: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class Build:
    """The operation that built it."""

    project: str
    operation: str
    started: datetime
    finished: datetime


def provenance(source: Source, build: Build, artifacts: Iterable[Artifact]) -> JsonValue:
    """How the artifacts came about."""
    digest: JsonValue = {"gitCommit": source.commit, "gitTree": source.tree, "gitTag": source.tag_object}
    metadata: JsonValue = {
        "invocationId": build.operation,
        "startedOn": _moment(build.started),
        "finishedOn": _moment(build.finished),
    }
    return {
        "_type": STATEMENT,
        "subject": list(subjects_of({artifact.name: artifact.sha256 for artifact in artifacts})),
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"tag": source.tag, "policy": {"sha256": source.policy_digest}},
                "resolvedDependencies": [{"name": source.tag, "digest": digest}],
            },
            "runDetails": {"builder": {"id": f"urn:sentinel:builder:{build.project}"}, "metadata": metadata},
        },
    }


def _tested(evidence: Evidence) -> JsonValue:
    digest: dict[str, JsonValue] = {"gitCommit": evidence.commit, "gitTree": evidence.tree}
    return {**digest, "contentSha256": evidence.content} if evidence.content else digest


def result_of_tests(evidence: Evidence, policy_digest: str) -> JsonValue:
    """How the regression suite ended on the tree that was built."""
    return {
        "_type": STATEMENT,
        "subject": [{"name": "source", "digest": _tested(evidence)}],
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": "PASSED" if evidence.passed else "FAILED",
            "configuration": [{"name": POLICY_FILE, "digest": {"sha256": policy_digest}}],
        },
    }


def subjects_of(digests: Mapping[str, str]) -> tuple[JsonValue, ...]:
    """Files by their SHA-256, as a statement names them."""
    return tuple({"name": name, "digest": {"sha256": sha256}} for name, sha256 in sorted(digests.items()))


def signed_bytes(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """What a signature of an envelope covers: the pre-authentication encoding of DSSE."""
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload))


def statement_bytes(statement: JsonValue) -> bytes:
    return canonical(statement)


class _Signature(Frozen):
    keyid: str
    sig: str


class Envelope(Frozen):
    """As it is stored and exported."""

    payload: str
    payloadType: Literal["application/vnd.in-toto+json"] = PAYLOAD_TYPE  # noqa: N815 - DSSE's own name
    signatures: tuple[_Signature, ...]

    @property
    def statement(self) -> bytes:
        """The signed bytes. Raises BrokenEnvelopeError."""
        return _decoded(self.payload)

    def signature_of(self, key: VerifierKey) -> bytes | None:
        """The signature by `key`; None if there is none. Raises BrokenEnvelopeError."""
        found = next((signed.sig for signed in self.signatures if signed.keyid == key_id(key)), None)
        return None if found is None else _decoded(found)


def key_id(key: VerifierKey) -> str:
    """The hint in an envelope that says whose signature it is."""
    return f"{key.name}+{key.id.hex()}"


def envelope_of(statement: bytes, key: VerifierKey, signature: bytes) -> Envelope:
    """`signature` is over `signed_bytes(statement)`."""
    signed = _Signature(keyid=key_id(key), sig=base64.b64encode(signature).decode())
    return Envelope(payload=base64.b64encode(statement).decode(), signatures=(signed,))


def read_envelope(document: JsonValue) -> Envelope:
    """Raises BrokenEnvelopeError."""
    try:
        return Envelope.model_validate(document)
    except ValidationError:
        raise BrokenEnvelopeError(reason="it is not in a DSSE envelope") from None


def read_statement(envelope: Envelope) -> Mapping[str, JsonValue]:
    """The statement in an envelope. Raises BrokenEnvelopeError."""
    try:
        stated = json.loads(envelope.statement)
    except (ValueError, RecursionError):
        raise BrokenEnvelopeError(reason="its payload is not JSON") from None
    if not isinstance(stated, dict) or stated.get("_type") != STATEMENT:
        raise BrokenEnvelopeError(reason="it is not an in-toto statement of version 1")
    return stated


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise BrokenEnvelopeError(reason="a part of it is not base64") from None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
