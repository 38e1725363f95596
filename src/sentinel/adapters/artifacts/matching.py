"""Finding and opening the files of a build without ever leaving its folder: no symbolic link is followed."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from io import BufferedReader
from pathlib import Path

from sentinel.adapters import files
from sentinel.core.values.printable import printable
from sentinel.errors.command import UnfitArtifactError

ENTRY_LIMIT = 200_000
DEPTH_LIMIT = 64


class Pattern:
    """A glob over path segments: `*`, `?` and `[…]` within one, and `**` for any number of them, `.git` excepted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = tuple(part for part in text.split("/") if part not in ("", "."))
        self._recursive = "**" in self._parts
        self._scanned = 0

    def files(self, root: Path) -> Iterator[str]:
        """The names that match, relative to `root`; raises UnfitArtifactError on a match that is no regular file."""
        yield from self._walk(os.open(root, files.FOLDER), "", self._skipping({0}), DEPTH_LIMIT)

    def _walk(self, folder: int, prefix: str, states: frozenset[int], depth: int) -> Iterator[str]:
        """`states` are the positions in the pattern that the segments so far have reached; closes `folder`."""
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            self._scanned += len(found)
            if self._scanned > ENTRY_LIMIT or not depth:
                raise UnfitArtifactError(name=printable(prefix), reason=f"{self.text} leads through too many files")
            for entry in found:
                after = self._after(states, entry.name)
                if not after or entry.name == ".git":
                    continue
                if self._is_folder(entry, prefix, after):
                    inside = os.open(entry.name, files.FOLDER, dir_fd=folder)
                    yield from self._walk(inside, f"{prefix}{entry.name}/", after, depth - 1)
                elif len(self._parts) in after:
                    yield f"{prefix}{entry.name}"
        finally:
            os.close(folder)

    def _is_folder(self, entry: "os.DirEntry[str]", prefix: str, states: frozenset[int]) -> bool:
        """Whether to look inside; raises UnfitArtifactError where the pattern means what cannot be kept."""
        matched = len(self._parts) in states
        if entry.is_dir(follow_symlinks=False):
            if matched and not self._recursive:
                raise unfit(f"{prefix}{entry.name}", "it is a folder; a pattern with ** means the files in it")
            return True
        if entry.is_symlink() and (matched or not self._recursive):
            raise unfit(f"{prefix}{entry.name}", "it is a symbolic link")
        if matched and not entry.is_file(follow_symlinks=False):
            raise unfit(f"{prefix}{entry.name}", "it is not a regular file")
        return False

    def _after(self, states: frozenset[int], segment: str) -> frozenset[int]:
        reached = set()
        for state in states:
            if state < len(self._parts):
                if self._parts[state] == "**":
                    reached.add(state)
                elif fnmatchcase(segment, self._parts[state]):
                    reached.add(state + 1)
        return self._skipping(reached)

    def _skipping(self, states: set[int]) -> frozenset[int]:
        """`**` may stand for nothing."""
        for state in sorted(states):
            following = state
            while following < len(self._parts) and self._parts[following] == "**":
                following += 1
                states.add(following)
        return frozenset(states)


def open_inside(root: Path, name: str) -> BufferedReader:
    """Opens a regular file below `root`. Raises UnfitArtifactError, also for a link on the way; OSError if missing."""
    *folders, last = name.split("/")
    try:
        with files.opened(root) as top, files.inside(top, tuple(folders)) as folder:
            return files.open_regular(last, at=folder, follow=False)
    except FileNotFoundError:
        raise
    except files.NotRegularError:
        raise unfit(name, files.WRONG_KIND) from None
    except OSError:
        raise unfit(name, "it cannot be reached without following a symbolic link") from None


def unfit(name: str, reason: str) -> UnfitArtifactError:
    return UnfitArtifactError(name=printable(name), reason=reason)
