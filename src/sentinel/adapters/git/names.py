"""Names and sentences that come from a repository: checked before git sees them, cleaned before people do."""

import re

from sentinel.core.values.printable import printable
from sentinel.errors.git import RefNameError, UnknownRevisionError

_COMMIT = re.compile(r"[0-9a-f]{40}")
# The rules of git-check-ref-format(1), and no leading "-" (an option) or "+" (a forced refspec).
_REF = re.compile(
    r"(?![-+/.])(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)|[/.]$))[^\s~^:?*\[\\\x00-\x20\x7f]{1,200}", re.DOTALL
)
_CREDENTIALS = re.compile(r"//[^/\s]*@")  # up to the last @: a password may hold others
_PASSWORD = re.compile(r"^(ssh://[^/@:\s]*):[^/\s]*@")
_NOISE = re.compile(r"^(?:remote|fatal|error|hint|warning):\s*", re.IGNORECASE)


def ref_name(name: str) -> str:
    """`name`, when git allows it for a branch or a tag; raises RefNameError."""
    if _REF.fullmatch(name) is None:
        raise RefNameError(name=printable(name, limit=100))
    return name


def commit_id(text: str) -> str:
    """`text`, when it is a full commit id; raises UnknownRevisionError."""
    if _COMMIT.fullmatch(text) is None:
        raise UnknownRevisionError(name=printable(text, limit=100))
    return text


def is_commit_id(text: str) -> bool:
    """Whether `text` has the form of a full commit id."""
    return _COMMIT.fullmatch(text) is not None


def without_login(url: str) -> str:
    """The address alone; of ssh's user, who is a part of the address, no password."""
    return _PASSWORD.sub(r"\1@", url) if url.startswith("ssh://") else _CREDENTIALS.sub("//", url, count=1)


def shown(raw: bytes) -> str:
    """A file name or a line of a repository, safe to show."""
    return printable(raw.decode("utf-8", "backslashreplace"), limit=200)


def sentence(stderr: bytes) -> str:
    """What git said, on one line, without credentials, prefixes and its final full stop."""
    text = _CREDENTIALS.sub("//", stderr.decode("utf-8", "backslashreplace"))
    lines = (_NOISE.sub("", line).strip() for line in text.splitlines())
    return printable("; ".join(line for line in lines if line), limit=400).rstrip(".") or "no reason given"
