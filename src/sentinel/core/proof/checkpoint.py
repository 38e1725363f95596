"""Checkpoints of the audit chain as C2SP signed notes, the release tags that hold them, and what contradicts them.

The text is that of https://c2sp.org/tlog-checkpoint, the signature that of https://c2sp.org/signed-note with its
type 0x01, Ed25519. The third line holds the digest of the newest entry: the head of a hash chain, no Merkle root.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sentinel.core.audit.chain import AuditHead, ChainFault
from sentinel.core.values.printable import printable
from sentinel.errors.history import BrokenKeyError, BrokenNoteError

NOTE_LIMIT = 64 * 1024
"""Characters of a note that are read."""
ED25519 = b"\x01"
KEY_SIZE, SIGNATURE_SIZE, ID_SIZE = 32, 64, 4
"""Bytes."""
_DASH = "\u2014 "
_NAME = re.compile(r"[^\s+]{1,200}")
_BODY = re.compile(r"([^\s+]{1,200})\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n")
_SIGNATURE = re.compile(rf"{_DASH}([^\s+]{{1,200}}) ([A-Za-z0-9+/]{{1,1000}}={{0,2}})\n")
_IN_TEXT = re.compile(rf"^{_BODY.pattern}\n(?:{_SIGNATURE.pattern})+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of the key that signs a history: `name` says whose, `public` are its 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_SIZE]

    def __str__(self) -> str:
        """One line, as C2SP signed-note writes verifier keys."""
        return f"{self.name}+{self.id.hex()}+{_encoded(ED25519 + self.public)}"


def read_key(text: str) -> VerifierKey:
    """The key that one line names. Raises BrokenKeyError."""
    name, _, rest = text.strip().partition("+")
    number, _, encoded = rest.partition("+")
    data = _decoded(encoded)
    key = VerifierKey(name, data[1:])
    if (
        not _NAME.fullmatch(name)
        or printable(name) != name
        or data[:1] != ED25519
        or len(data) != 1 + KEY_SIZE
        or key.id.hex() != number
    ):
        raise BrokenKeyError(key=printable(text.strip(), limit=200) or "The empty text")
    return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: the history of `origin` had `size` entries, and the last one had `digest`."""

    origin: str
    size: int
    digest: str

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{_encoded(bytes.fromhex(self.digest))}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A checkpoint with its signatures: the name and id of a key, and what that key is said to have signed."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signature_of(self, key: VerifierKey) -> bytes | None:
        """The signature by `key`; None if there is none. Signatures by other keys do not matter (signed-note)."""
        return next((signed for *by, signed in self.signatures if by == [key.name, key.id]), None)


def origin_of(project: str) -> str:
    """The name of a project's history, which is also that of its key."""
    return f"sentinel/{project}"


def checkpoint_of(project: str, head: AuditHead) -> Checkpoint:
    return Checkpoint(origin_of(project), head.sequence, head.digest)


def write_note(checkpoint: Checkpoint, key: VerifierKey, signature: bytes) -> str:
    """The note; `signature` is over the bytes of `checkpoint.body`."""
    return f"{checkpoint.body}\n{_DASH}{key.name} {_encoded(key.id + signature)}\n"


def read_note(text: str) -> SignedNote:
    """Raises BrokenNoteError. No signature is verified."""
    if len(text) > NOTE_LIMIT:
        raise BrokenNoteError(reason=f"it has more than {NOTE_LIMIT} characters")
    body, blank, signatures = text.partition("\n\n")
    if not blank:
        raise BrokenNoteError(reason="it has no signature")
    stated = _BODY.fullmatch(f"{body}\n")
    if stated is None:
        raise BrokenNoteError(reason="it does not name a history, its length and its digest")
    if not re.fullmatch(f"(?:{_SIGNATURE.pattern})+", signatures):
        raise BrokenNoteError(reason="its signature is incomplete or malformed")
    origin, size, encoded = stated.groups()
    checkpoint = Checkpoint(origin, int(size), _decoded(encoded).hex())
    found = tuple((name, _decoded(signed)) for name, signed in _SIGNATURE.findall(signatures))
    return SignedNote(checkpoint, tuple((name, data[:ID_SIZE], data[ID_SIZE:]) for name, data in found))


def find_note(text: str) -> str | None:
    """The first note that stands in a longer text, such as a tag's message."""
    found = _IN_TEXT.search(text[:NOTE_LIMIT])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Witness:
    """A checkpoint outside of the history, and where; `digest` is that of the tag that contains it."""

    where: str
    checkpoint: Checkpoint
    digest: str = ""


def contradiction(witnesses: Iterable[Witness], digests: Mapping[int, str], end: int) -> ChainFault | None:
    """The first contradiction between a whole chain of `end` entries and the witnesses.

    `digests` are those of the chain's entries, by sequence, for all sizes that the witnesses name.
    """
    for witness in sorted(witnesses, key=lambda one: one.checkpoint.size):
        size = witness.checkpoint.size
        if size > end:
            return ChainFault(end + 1, f"entry {end + 1} is missing: {witness.where} was signed over {size} entries")
        if digests.get(size) != witness.checkpoint.digest:
            return ChainFault(size, f"entry {size} is not the one that {witness.where} was signed over")
    return None


TAG_SIZE_LIMIT = 64 * 1024
"""Bytes of a tag object that are read; Sentinel's own have about one thousand."""
TAG_NAME = re.compile(r"[A-Za-z0-9_@+#][A-Za-z0-9_.@/+#-]{0,199}")
"""Names of release tags that the policy allows."""
SSH_SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\n"


@dataclass(frozen=True, slots=True)
class TagObject:
    """A release tag: `content` is what `git cat-file tag` prints; `own` means that Sentinel made it.

    `name` is that of the ref; the object itself may claim another one.
    """

    name: str
    content: bytes
    own: bool = True

    @property
    def file_name(self) -> str:
        """The name as that of a file in a bundle: `api/v1.2.0` is `api%2Fv1.2.0`."""
        return quote(self.name, safe="")

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def message(self) -> str:
        """What stands after its headers, with the signature."""
        return self.content.partition(b"\n\n")[2].decode("utf-8", "replace")

    @property
    def note(self) -> str | None:
        """The signed checkpoint in its message, not verified; None where there is none."""
        return find_note(self.message)

    def header(self, name: str) -> str:
        """The value of a header, such as `object`; empty where there is none."""
        lines = self.content.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
        return next((line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")), "")

    def has_id(self, object_id: str) -> bool:
        """Whether this is the object of that id, in either of git's formats."""
        framed = b"tag %d\0%s" % (len(self.content), self.content)
        digest = hashlib.sha256(framed) if len(object_id) == 64 else hashlib.sha1(framed, usedforsecurity=False)
        return digest.hexdigest() == object_id

    def ssh_signed(self) -> tuple[bytes, bytes] | None:
        """What is signed, and the signature in its armor; None where it has no SSH signature."""
        signed, begin, rest = self.content.partition(SSH_SIGNATURE)
        return (signed, begin + rest) if begin else None


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """The bytes; empty if it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
