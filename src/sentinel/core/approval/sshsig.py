"""What an SSH signature contains (OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f); ssh-keygen verifies it.

The text comes from the signer, so nothing in it is trusted before it is verified.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from sentinel.errors.approval import SignatureMalformedError

ARMOR_LIMIT = 16 * 1024
"""Characters of an armored signature; one by an RSA key of 16384 bits fits."""
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = 1
_HARDWARE = ("sk-", "webauthn-sk-")
_WEB = b"webauthn-"
_PRESENT = 0x01  # SSH_SK_USER_PRESENCE_REQD
_VERIFIED = 0x04  # SSH_SK_USER_VERIFICATION_REQD
_ARMOR_LINE = 70
_CERTIFICATE = "-cert-v01@openssh.com"


@dataclass(frozen=True, slots=True)
class WebUse:
    """Where a browser had a passkey sign, and whether the authenticator verified who used it."""

    origin: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SshSignature:
    """`key` is the public key as ssh encodes it.

    `present` says, for a hardware key, whether somebody touched it; None for other keys. `web` is set if a browser
    used it.
    """

    key_type: str
    key: bytes
    namespace: str
    present: bool | None
    web: WebUse | None = None

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


def fingerprint_of(public_key: str) -> str:
    """The same, of a public key as it stands in a file: its type and its base64."""
    return fingerprint(base64.b64decode(public_key.split()[1]))


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
        raise ValueError("something follows the signature")
    key_type = _string(key)[0].decode("ascii")
    if not key_type.isprintable():
        raise ValueError("the type of its key is not a name")
    present, web = _hardware(signature) if key_type.startswith(_HARDWARE) else (None, None)
    return SshSignature(key_type, key, namespace.decode("ascii", "backslashreplace"), present, web)


def _hardware(signature: bytes) -> tuple[bool, WebUse | None]:
    """A hardware key's signature goes on after its first two strings: a byte of flags, then a counter.

    One that a browser had made then names the origin.
    """
    kind, rest = _string(signature)
    _, rest = _string(rest)
    flags, _counter = struct.unpack_from(">BI", rest)
    web = None
    if kind.startswith(_WEB):
        origin = _string(rest[5:])[0].decode("utf-8", "backslashreplace")
        web = WebUse(origin, bool(flags & _VERIFIED))
    return bool(flags & _PRESENT), web


def signed_data(message: bytes, namespace: str, hash_name: str) -> bytes:
    """What a signature of `message` is made over."""
    digest = hashlib.new(hash_name, message).digest()
    return _MAGIC + packed(namespace.encode(), b"", hash_name.encode(), digest)


def armored(key: bytes, namespace: str, hash_name: str, signature: bytes) -> str:
    """A whole signature as ssh-keygen writes one."""
    blob = _MAGIC + struct.pack(">I", _VERSION) + packed(key, namespace.encode(), b"", hash_name.encode(), signature)
    text = base64.b64encode(blob).decode()
    lines = (text[start : start + _ARMOR_LINE] for start in range(0, len(text), _ARMOR_LINE))
    return "\n".join((_BEGIN, *lines, _END, ""))


def packed(*strings: bytes) -> bytes:
    """Each with its length before it (RFC 4251, section 5)."""
    return b"".join(struct.pack(">I", len(string)) + string for string in strings)


def _string(data: bytes) -> tuple[bytes, bytes]:
    """The length-prefixed string (RFC 4251, section 5) that `data` begins with, and what follows it."""
    (length,) = struct.unpack_from(">I", data)
    if len(data) - 4 < length:
        raise ValueError("it ends too early")
    return data[4 : 4 + length], data[4 + length :]
