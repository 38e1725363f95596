"""A passkey made of software: what a browser and its authenticator answer, as WebAuthn lays it out."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sentinel.core.approval.passkeys import Assertion, RelyingParty, passkey_line

CONSOLE = RelyingParty(id="localhost", origin="http://localhost:7467")
PRESENT, VERIFIED = 0x01, 0x04


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class SoftPasskey:
    secret: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential: str = field(default_factory=lambda: encoded(secrets.token_bytes(16)))

    @property
    def spki(self) -> str:
        public = self.secret.public_key()
        return encoded(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def line(self, name: str, rp: RelyingParty = CONSOLE) -> str:
        """Its line in the approvers' file."""
        return passkey_line(name, self.spki, self.credential, rp)

    def answer(
        self,
        challenge: str,
        *,
        origin: str = CONSOLE.origin,
        rp: str = CONSOLE.id,
        flags: int = PRESENT | VERIFIED,
        counter: int = 7,
    ) -> Assertion:
        """What `navigator.credentials.get` comes to."""
        client = {"type": "webauthn.get", "challenge": challenge, "origin": origin, "crossOrigin": False}
        client_data = json.dumps(client, separators=(",", ":")).encode()
        data = hashlib.sha256(rp.encode()).digest() + struct.pack(">BI", flags, counter)
        signature = self.secret.sign(data + hashlib.sha256(client_data).digest(), ECDSA(SHA256()))
        return Assertion(
            credential=self.credential,
            authenticator_data=encoded(data),
            client_data=encoded(client_data),
            signature=encoded(signature),
        )
