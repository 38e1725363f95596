"""A hardware key made of software, which signs as OpenSSH's PROTOCOL.u2f and PROTOCOL.sshsig lay it out."""

import base64
import hashlib
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TYPE = b"sk-ssh-ed25519@openssh.com"
APPLICATION = b"ssh:"
TOUCHED, VERIFIED = 0x01, 0x04


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


@dataclass(frozen=True, slots=True)
class HardwareKey:
    secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def blob(self) -> bytes:
        public = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return string(TYPE) + string(public) + string(APPLICATION)

    @property
    def public(self) -> str:
        return f"{TYPE.decode()} {base64.b64encode(self.blob).decode()}"

    def sign(self, document: bytes, *, namespace: str, flags: int, counter: int = 7) -> str:
        """The armored signature, with what the key says of the touch in `flags`."""
        digest = hashlib.sha512(document).digest()
        signed = b"SSHSIG" + string(namespace.encode()) + string(b"") + string(b"sha512") + string(digest)
        state = struct.pack(">BI", flags, counter)
        over = hashlib.sha256(APPLICATION).digest() + state + hashlib.sha256(signed).digest()
        signature = string(TYPE) + string(self.secret.sign(over)) + state
        head = b"SSHSIG" + struct.pack(">I", 1) + string(self.blob) + string(namespace.encode())
        return armored(head + string(b"") + string(b"sha512") + string(signature))


def armored(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""))
