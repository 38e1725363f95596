"""What `sentinel trust` pins, and in which words a commit differs from it."""

import hashlib
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import AwareDatetime

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Command, Policy
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.printable import printable


@dataclass(frozen=True, slots=True)
class Script:
    """A pinned file as it is executed."""

    path: str
    content: bytes
    executable: bool


class PinnedFile(Frozen):
    path: str
    sha256: str


class Pin(Frozen):
    """What a person trusted with `sentinel trust`: the bytes of the policy and of the scripts it names.

    `remote` is where releases are read and pushed to, without logins; None where an earlier version pinned.
    `approvers` is the digest of the approvers' file; None where the policy names none, or an earlier version pinned.
    """

    commit: str
    files: tuple[PinnedFile, ...]
    digest: str
    policy: Policy
    by: FreeText
    at: AwareDatetime
    remote: tuple[str, ...] | None = None
    approvers: str | None = None


_OPERATORS = "();<>|&`"
_LOOSE = re.compile(rf"[\s'\"{re.escape(_OPERATORS)}]+")
_INTO = frozenset({"cd", "pushd", "-C", "--chdir", "--directory"})
_INTO_IS = ("-C", "--chdir=", "--directory=")
"""By what a command works in another folder."""
_VARIABLE = re.compile(r"\$\{?\w+\}?/")


def named_paths(policy: Policy) -> tuple[str, ...]:
    """Every word of the deploy, smoke and rollback commands that could be a file of the repository.

    Too many rather than too few: what is no file there is not pinned. What a script calls in turn is not seen.
    """
    return _named(policy.scripts())


def pinned_paths(policy: Policy) -> tuple[str, ...]:
    """All that trust covers, the policy first."""
    windows = policy.production.windows
    calendar = (windows.calendar,) if windows is not None and windows.calendar is not None else ()
    return (POLICY_FILE, *dict.fromkeys((*named_paths(policy), *calendar)))


def rollback_paths(policy: Policy) -> tuple[str, ...]:
    """Those of the rollback command alone, which runs beside the code of another release."""
    return _named((policy.production.rollback,))


def named_by(words: tuple[str, ...]) -> tuple[str, ...]:
    """What the words of one command could name."""
    return _named((words,))


def _named(commands: tuple[Command, ...]) -> tuple[str, ...]:
    found = (_path(word) for command in commands for word in _candidates(command))
    return tuple(dict.fromkeys(path for path in found if path is not None))


def _candidates(command: str | tuple[str, ...]) -> Iterator[str]:
    """Every word, the value of every `name=value`, and what a word means after the `cd` or `-C` before it."""
    folder, before = "", ""
    for text in (command,) if isinstance(command, str) else command:
        for word in _words(text):
            yield word
            yield word.partition("=")[2]
            if before in _INTO:
                folder = posixpath.join(folder, word)
            for option in _INTO_IS:
                if word.startswith(option):
                    folder = posixpath.join(folder, word.removeprefix(option))
            yield posixpath.join(folder, word)
            before = word


def _words(text: str) -> Iterator[str]:
    """`text` itself, and what a shell makes of it, at any depth of quoting: `sh -c "deploy/x.sh now"`."""
    yield text
    parts = _split(text)
    if parts != [text]:
        for part in parts:
            yield from _words(part)


def _split(text: str) -> list[str]:
    """The words of a shell command; of one whose quotes do not parse, whatever stands between blanks and signs."""
    lexer = shlex.shlex(text.replace("\\\n", ""), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:
        return [part for part in _LOOSE.split(text) if part]


def _path(word: str) -> str | None:
    """`word` as a path inside the repository, as git writes it; None where it cannot be one."""
    bare = _VARIABLE.sub("", word, count=1) if word.startswith("$") else word
    path = posixpath.normpath(bare)
    return None if bare.startswith(("/", "-")) or path in (".", "..") or path.startswith("../") else path


def pinned_files(contents: Mapping[str, bytes]) -> tuple[PinnedFile, ...]:
    """The files with their digests, the policy first."""
    paths = sorted(contents, key=lambda path: (path != POLICY_FILE, path))
    return tuple(PinnedFile(path=path, sha256=hashlib.sha256(contents[path]).hexdigest()) for path in paths)


def pin_digest(files: tuple[PinnedFile, ...]) -> str:
    """What a person's trust is bound to: the bytes of all pinned files."""
    return hashlib.sha256(canonical([[file.path, file.sha256] for file in files])).hexdigest()


def trust_digest(policy_digest: str, remote: tuple[str, ...], approvers: str | None = None) -> str:
    """What a person says yes to at `sentinel trust`: the pinned files, the addresses of the remote, who may approve."""
    if not remote and approvers is None:
        return policy_digest
    return hashlib.sha256(canonical([policy_digest, list(remote), approvers])).hexdigest()


def distrust(pin: Pin | None, files: tuple[PinnedFile, ...]) -> str | None:
    """Why `files` are not what was trusted, in a sentence; None where they are."""
    if pin is None:
        return "Nobody has trusted this repository's sentinel.toml yet."
    trusted = {file.path: file.sha256 for file in pin.files}
    found = {file.path: file.sha256 for file in files}
    if trusted == found:
        return None
    changes = [
        *(f"{printable(path)} was changed" for path in found if path in trusted and found[path] != trusted[path]),
        *(f"{printable(path)} is new" for path in found if path not in trusted),
        *(f"{printable(path)} is gone" for path in trusted if path not in found),
    ]
    return f"The policy is not the trusted one: {', '.join(changes)}."
