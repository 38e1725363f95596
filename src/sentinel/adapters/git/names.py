"""Names and sentences that come from a repository: checked before git sees them, cleaned before people do."""

import re

from sentinel.core.values.git import COMMIT, LOGIN, REF
from sentinel.core.values.printable import printable
from sentinel.errors.git import RefNameError, UnknownRevisionError

_PASSWORD = re.compile(r"^(ssh://[^/@:\s]*):[^/\s]*@")
_NOISE = re.compile(r"^(?:remote|fatal|error|hint|warning):\s*", re.IGNORECASE)


def ref_name(name: str) -> str:
    """`name`, when git allows it for a branch or a tag; raises RefNameError."""
    if REF.fullmatch(name) is None:
        raise RefNameError(name=printable(name, limit=100))
    return name


def commit_id(text: str) -> str:
    """`text`, when it is a full commit id; raises UnknownRevisionError."""
    if COMMIT.fullmatch(text) is None:
        raise UnknownRevisionError(name=printable(text, limit=100))
    return text


def is_commit_id(text: str) -> bool:
    """Whether `text` has the form of a full commit id."""
    return COMMIT.fullmatch(text) is not None


def without_login(url: str) -> str:
    """The address alone; of ssh's user, who is a part of the address, no password."""
    return _PASSWORD.sub(r"\1@", url) if url.startswith("ssh://") else LOGIN.sub("//", url, count=1)


def shown(raw: bytes) -> str:
    """A file name or a line of a repository, safe to show."""
    return printable(raw.decode("utf-8", "backslashreplace"), limit=200)


def sentence(stderr: bytes) -> str:
    """What git said, on one line, without credentials, prefixes and its final full stop."""
    text = LOGIN.sub("//", stderr.decode("utf-8", "backslashreplace"))
    lines = (_NOISE.sub("", line).strip() for line in text.splitlines())
    return printable("; ".join(line for line in lines if line), limit=400).rstrip(".") or "no reason given"
