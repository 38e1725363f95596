"""Passkeys as SSH keys (OpenSSH, PROTOCOL.u2f): browsers sign, as their challenge, what an SSH signature signs.

So a passkey is one more line of an approvers' file, and ssh-keygen verifies its approvals like all others. ssh-keygen
does not check on which site it was used, and whether the authenticator verified its user: this module does.
"""

import base64
import binascii
import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sentinel.core.approval.question import NAMESPACE
from sentinel.core.approval.sshsig import SshSignature, armored, packed, signed_data
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.errors.approval import (
    PasskeyElsewhereError,
    PasskeyLineError,
    PasskeyMalformedError,
    PasskeyUnverifiedError,
)

KEY_TYPE = "sk-ecdsa-sha2-nistp256@openssh.com"
SIGNATURE_TYPE = f"webauthn-{KEY_TYPE}"
SIGN_IN = "sentinel-console"
"""The namespace of signatures that open a session; they approve nothing."""
MARK = "passkey:"
"""Before the credential's id in the comment of its line."""
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
"""What comes before the 65 bytes of a point on P-256 in its SubjectPublicKeyInfo (RFC 5480)."""
_POINT_BYTES = 65
_HASH = "sha512"
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The console as browsers know it: `id` is its host, to which a passkey belongs, `origin` its whole address."""

    id: str
    origin: str


Encoded = Annotated[str, Field(max_length=4096)]
"""In base64url."""


class Assertion(Frozen):
    """What a browser answers when a passkey is used, as WebAuthn has it."""

    credential: Encoded
    authenticator_data: Encoded
    client_data: Encoded
    signature: Encoded


class Passkey(Frozen):
    """A line of an approvers' file that is a passkey of one console."""

    principal: str
    public_key: str
    application: str
    credential: str


def passkey_line(principal: str, spki: str, credential: str, rp: RelyingParty) -> str:
    """The line of an approvers' file for a new passkey. Raises PasskeyMalformedError."""
    key = _decoded(spki, "its public key")
    if not key.startswith(_SPKI) or len(key) != len(_SPKI) + _POINT_BYTES or key[len(_SPKI)] != 4:
        raise PasskeyMalformedError(detail="its key is not on the curve P-256")
    _decoded(credential, "its id")
    blob = packed(KEY_TYPE.encode(), b"nistp256", key[len(_SPKI) :], rp.id.encode())
    encoded = base64.b64encode(blob).decode()
    return f'{principal} namespaces="{NAMESPACE},{SIGN_IN}" {KEY_TYPE} {encoded} {MARK}{credential}'


def passkeys_in(approvers: str) -> tuple[Passkey, ...]:
    """The passkeys that an approvers' file names; whether they may approve now, ssh-keygen says."""
    return tuple(found for line in approvers.splitlines() if (found := _passkey(line)) is not None)


def _passkey(line: str) -> Passkey | None:
    words = line.split()
    if line.lstrip().startswith("#") or KEY_TYPE not in words[:-1] or not words[-1].startswith(MARK):
        return None
    encoded = words[words.index(KEY_TYPE) + 1]
    try:
        application = _application(base64.b64decode(encoded, validate=True))
    except (ValueError, struct.error, binascii.Error):
        return None
    return Passkey(
        principal=words[0],
        public_key=f"{KEY_TYPE} {encoded}",
        application=application,
        credential=words[-1].removeprefix(MARK),
    )


def checked_line(line: str) -> Passkey:
    """The passkey of a line as the console shows it. Raises PasskeyLineError."""
    found = _passkey(line)
    plain = line.isprintable() and line.isascii() and len(line) <= _LONGEST
    if found is None or not plain or any(mark in found.principal for mark in '*?!,"'):
        raise PasskeyLineError(found=printable(line, limit=80))
    again = f'{found.principal} namespaces="{NAMESPACE},{SIGN_IN}" {found.public_key} {MARK}{found.credential}'
    if again != line:
        raise PasskeyLineError(found=printable(line, limit=80))
    return found


def challenge(document: bytes, namespace: str) -> str:
    """What a browser has a passkey sign so that it signs `document`, in base64url."""
    return _encoded(signed_data(document, namespace, _HASH))


def signature_of(assertion: Assertion, passkey: Passkey, namespace: str) -> str:
    """The SSH signature that an assertion is, armored; whether it holds, ssh-keygen says.

    Raises PasskeyMalformedError.
    """
    data = _decoded(assertion.authenticator_data, "its authenticator data")
    try:
        flags, counter = struct.unpack_from(">BI", data, 32)
        r, s = _integers(_decoded(assertion.signature, "its signature"))
    except struct.error:
        raise PasskeyMalformedError(detail="it ends too early") from None
    signature = packed(SIGNATURE_TYPE.encode(), packed(r, s)) + struct.pack(">BI", flags, counter)
    client_data = _decoded(assertion.client_data, "its client data")
    signature += packed(_origin(client_data), client_data, data[37:])
    key = base64.b64decode(passkey.public_key.split()[1])
    return armored(key, namespace, _HASH, signature)


def _origin(client_data: bytes) -> bytes:
    """Where the browser says it was used; ssh-keygen checks that against what was signed."""
    try:
        origin = json.loads(client_data)["origin"]
    except (ValueError, KeyError, TypeError, RecursionError):
        origin = None
    if not isinstance(origin, str):
        raise PasskeyMalformedError(detail="its client data names no origin")
    return origin.encode()


def check_passkey(signature: SshSignature, rp: RelyingParty) -> None:
    """Checks that a passkey was used on this console, and that the authenticator verified its user.

    Raises PasskeyElsewhereError or PasskeyUnverifiedError. Keys of other kinds are not checked.
    """
    web = signature.web
    if web is None:
        return
    application = _application(signature.key)
    for found, expected in ((application, rp.id), (web.origin, rp.origin)):
        if found != expected:
            raise PasskeyElsewhereError(found=printable(found, limit=200), expected=expected)
    if not (signature.present and web.verified):
        raise PasskeyUnverifiedError(fingerprint=signature.fingerprint)


def _application(key: bytes) -> str:
    """What a key in hardware was made for: the last string of the public key."""
    rest = key
    strings = []
    while rest:
        (length,) = struct.unpack_from(">I", rest)
        if len(rest) - 4 < length:
            raise ValueError("it ends too early")
        strings.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    if len(strings) != 4 or strings[0].decode("ascii") != KEY_TYPE:
        raise ValueError("it is not a passkey")
    return strings[3].decode("ascii")


def _integers(der: bytes) -> tuple[bytes, bytes]:
    """Both numbers of an ECDSA signature, which DER writes as ssh does."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        raise PasskeyMalformedError(detail="its signature is not an ECDSA signature")
    first = der[4 : 4 + der[3]]
    rest = der[4 + der[3] :]
    if der[2] != 2 or len(rest) < 3 or rest[0] != 2 or rest[1] != len(rest) - 2:
        raise PasskeyMalformedError(detail="its signature is not an ECDSA signature")
    return first, rest[2:]


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise PasskeyMalformedError(detail=f"{what} is not base64url") from None


def document_to_sign_in(nonce: str, rp: RelyingParty) -> bytes:
    """What a passkey signs to begin a session: one nonce of one console."""
    return hashlib.sha256(f"{rp.origin}\0{nonce}".encode()).hexdigest().encode()
