"""What an SSH signature says of itself (OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f); whether it holds, ssh-keygen says.

The text comes from whoever signs, so nothing of it is believed before it is verified.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from sentinel.errors.signed import SignatureMalformedError

ARMOR_LIMIT = 16 * 1024
"""Characters of an armored signature; one by an RSA key of 16384 bits fits."""
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = 1
_HARDWARE = ("sk-", "webauthn-sk-")
_PRESENT = 0x01  # SSH_SK_USER_PRESENCE_REQD
_CERTIFICATE = "-cert-v01@openssh.com"


@dataclass(frozen=True, slots=True)
class SshSignature:
    """`key` is the public key as ssh encodes it; `present` is None where the key is no hardware key.

    A hardware key counts in each signature whether somebody touched it.
    """

    key_type: str
    key: bytes
    namespace: str
    present: bool | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)

    @property
    def public_key(self) -> str:
        """As it stands in an allowed_signers file."""
        return f"{self.key_type} {base64.b64encode(self.key).decode()}"

    @property
    def is_certificate(self) -> bool:
        return self.key_type.endswith(_CERTIFICATE)


def fingerprint(key: bytes) -> str:
    """As `ssh-keygen -l` prints it, of a public key as ssh encodes it."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def read_signature(armor: str) -> SshSignature:
    """Raises SignatureMalformedError."""
    try:
        return _parse(_unarmored(armor))
    except (ValueError, struct.error, binascii.Error) as error:
        raise SignatureMalformedError(detail=str(error)) from None


def _unarmored(armor: str) -> bytes:
    if len(armor) > ARMOR_LIMIT:
        raise ValueError(f"it has more than {ARMOR_LIMIT} characters")
    lines = armor.strip().split("\n")
    if len(lines) < 3 or (lines[0].strip(), lines[-1].strip()) != (_BEGIN, _END):
        raise ValueError("it is not in the armor of an SSH signature")
    return base64.b64decode("".join(line.strip() for line in lines[1:-1]).encode("ascii"), validate=True)


def _parse(blob: bytes) -> SshSignature:
    if not blob.startswith(_MAGIC) or struct.unpack_from(">I", blob, len(_MAGIC)) != (_VERSION,):
        raise ValueError("it is not an SSH signature of version 1")
    key, rest = _string(blob[len(_MAGIC) + 4 :])
    namespace, rest = _string(rest)
    _, rest = _string(rest)  # reserved
    _, rest = _string(rest)  # the name of the hash
    signature, rest = _string(rest)
    if rest:
        raise ValueError("something follows it")
    key_type = _string(key)[0].decode("ascii")
    if not key_type.isprintable():
        raise ValueError("the type of its key is no name")
    return SshSignature(key_type, key, namespace.decode("ascii", "backslashreplace"), _present(key_type, signature))


def _present(key_type: str, signature: bytes) -> bool | None:
    """A hardware key's signature goes on after its first two strings: a byte of flags, then a counter."""
    if not key_type.startswith(_HARDWARE):
        return None
    _, rest = _string(signature)
    _, rest = _string(rest)
    flags, _counter = struct.unpack_from(">BI", rest)
    return bool(flags & _PRESENT)


def _string(data: bytes) -> tuple[bytes, bytes]:
    """The length-prefixed string (RFC 4251, section 5) that `data` begins with, and what follows it."""
    (length,) = struct.unpack_from(">I", data)
    if len(data) - 4 < length:
        raise ValueError("it ends too early")
    return data[4 : 4 + length], data[4 + length :]
