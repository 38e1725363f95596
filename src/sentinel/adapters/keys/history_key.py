"""The Ed25519 key that signs a project's history: made and kept by the daemon, beside the one of the release tags."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from sentinel.adapters.files import SECRET, locked, write_whole
from sentinel.core.proof.checkpoint import SIGNATURE_SIZE, VerifierKey, origin_of
from sentinel.errors.history import HistoryKeyUnusableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Loading cryptography takes time and memory that most commands, and a daemon before its first release, do not need.
# ruff: noqa: PLC0415

PRIVATE, PUBLIC, PUBLIC_PEM = "history", "history.pub", "history.pem"
"""In a project's folder of keys: the private key, the verifier key in one line, the same for openssl."""


@dataclass(frozen=True, slots=True)
class HistoryKeys:
    """`home` holds the folder of each project."""

    home: Path

    async def verifier(self, project_id: str) -> VerifierKey:
        """The public half; the key is made at the first call. Raises HistoryKeyUnusableError."""
        return await to_thread.run_sync(lambda: _verifier(project_id, self._key(project_id)))

    async def sign(self, project_id: str, message: bytes) -> bytes:
        """64 bytes. Raises HistoryKeyUnusableError."""
        return await to_thread.run_sync(lambda: self._key(project_id).sign(message))

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return verify(public, message, signature)

    def _key(self, project_id: str) -> "Ed25519PrivateKey":
        folder = self.home / project_id / "keys"
        try:
            with locked(folder):
                return _kept(folder, project_id)
        except OSError as error:
            raise HistoryKeyUnusableError(path=folder / PRIVATE, reason=error.strerror or str(error)) from None


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the Ed25519 signature is that of `public`, 32 bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != SIGNATURE_SIZE:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem_of(key: VerifierKey) -> bytes:
    """The public key as openssl reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Ed25519PublicKey.from_public_bytes(key.public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _kept(folder: Path, project_id: str) -> "Ed25519PrivateKey":
    """The key, made where there is none; its public half is written again where that is missing."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    secret = folder / PRIVATE
    if not os.path.lexists(secret):
        made = Ed25519PrivateKey.generate()
        content = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_whole(secret, content, mode=SECRET)
    try:
        key = load_pem_private_key(secret.read_bytes(), password=None)
    except (ValueError, TypeError):
        raise HistoryKeyUnusableError(path=secret, reason="it is no private key without a passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise HistoryKeyUnusableError(path=secret, reason="it is no Ed25519 key")
    if not (folder / PUBLIC).exists():
        verifier = _verifier(project_id, key)
        write_whole(folder / PUBLIC_PEM, pem_of(verifier))
        write_whole(folder / PUBLIC, f"{verifier}\n".encode())
    return key


def _verifier(project_id: str, key: "Ed25519PrivateKey") -> VerifierKey:
    return VerifierKey(origin_of(project_id), key.public_key().public_bytes_raw())
