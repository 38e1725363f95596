"""What `sentinel trust` pins (design 3.2), and in which words a commit differs from it."""

import hashlib
import shlex
from collections.abc import Mapping

from sentinel.core.audit import canonical
from sentinel.core.policy import POLICY_FILE, Policy
from sentinel.core.printable import printable
from sentinel.core.release import Pin, PinnedFile


def named_paths(policy: Policy) -> tuple[str, ...]:
    """Every word of the deploy, smoke and rollback commands that could be a file of the repository."""
    words: dict[str, None] = {}
    for command in policy.scripts():
        for word in _words(command):
            path = word.removeprefix("./")
            if path and not path.startswith(("/", "-")) and ".." not in path.split("/"):
                words[path] = None
    return tuple(words)


def _words(command: str | tuple[str, ...]) -> list[str]:
    if not isinstance(command, str):
        return list(command)
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def pinned_files(contents: Mapping[str, bytes]) -> tuple[PinnedFile, ...]:
    """The files with their digests, the policy first."""
    paths = sorted(contents, key=lambda path: (path != POLICY_FILE, path))
    return tuple(PinnedFile(path=path, sha256=hashlib.sha256(contents[path]).hexdigest()) for path in paths)


def pin_digest(files: tuple[PinnedFile, ...]) -> str:
    """What a person's trust is bound to: the bytes of all pinned files."""
    return hashlib.sha256(canonical([[file.path, file.sha256] for file in files])).hexdigest()


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
