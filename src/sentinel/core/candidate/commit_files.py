"""The files of a commit: what a run of the tests counts for, and how a working tree differs from them."""

import hashlib
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from sentinel.core.policy.model import Policy
from sentinel.core.policy.pinning import pinned_paths
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen


class TreeFile(NamedTuple):
    """A file of a commit: `stated` is its mode, kind and object id, as git lists them."""

    stated: bytes
    path: bytes


class Ignored(NamedTuple):
    """`patterns` come from the trusted policy; what trust covers is never ignored."""

    patterns: tuple[str, ...]
    never: tuple[str, ...]

    @classmethod
    def of(cls, policy: Policy) -> "Ignored":
        return cls((*policy.tests.ignore, policy.sprint.file), pinned_paths(policy))


def content_digest(files: Iterable[TreeFile], ignored: Ignored) -> str:
    """SHA-256 over the files that count and the ignored patterns: evidence under other patterns does not count."""
    ignores = re.compile(b"|".join(map(_expression, ignored.patterns)) or rb"(?!)", re.DOTALL)
    never = frozenset(path.encode("utf-8", "surrogateescape") for path in ignored.never)
    digest = hashlib.sha256("\0".join(ignored.patterns).encode("utf-8", "surrogateescape"))
    for file in files:
        if file.path in never or ignores.fullmatch(file.path) is None:
            digest.update(b"\0\0%s\0%s" % (file.stated, file.path))
    return digest.hexdigest()


def _expression(pattern: str) -> bytes:
    """`*` and `?` match within a folder, `**` matches any folders; everything else is literal."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    found = b""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            found += b".*" if last else b"(?:[^/]*/)*"
            continue
        for character in part:
            simple = {"*": b"[^/]*", "?": b"[^/]"}.get(character)
            found += simple or re.escape(character.encode("utf-8", "surrogateescape"))
        found += b"" if last else b"/"
    return b"(?:%s)" % found


How = Literal["changed", "new", "gone", "unknown"]


class Difference(Frozen):
    """A file of the working tree that differs; `unknown` if it goes through `filter`, which Sentinel does not run."""

    path: FreeText
    how: How
    filter: str = ""
