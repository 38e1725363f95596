"""A release tag as git stores it: what it names, the note in its message, and what its signature covers."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

from sentinel.core.proof.checkpoint import find_note

SIZE_LIMIT = 64 * 1024
"""Bytes of a tag object that are read; Sentinel's own have about one thousand."""
NAME = re.compile(r"[A-Za-z0-9_@+#][A-Za-z0-9_.@/+#-]{0,199}")
"""Names of release tags that the policy allows."""
SSH_SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\n"


@dataclass(frozen=True, slots=True)
class TagObject:
    """`content` is what `git cat-file tag` prints; `own` says that it is Sentinel's own one.

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
