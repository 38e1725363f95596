"""Files of commits that were read before: a commit's id stands for its bytes, and asking git takes three processes."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sentinel.adapters.git.names import is_commit_id

FILES = 128
FILE_BYTES = 64 * 1024
"""Larger ones are asked for each time: together they take at most 8 MiB of a project."""


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """The policy of a release and the scripts that it names are held against what is trusted before every step."""

    _found: OrderedDict[tuple[str, str], bytes | None] = field(default_factory=OrderedDict)

    async def read(self, commit: str, path: str, ask: Callable[[str, str], Awaitable[bytes | None]]) -> bytes | None:
        """What `ask` answers for a file, or answered before; that of a tag, which may be moved, is always asked for."""
        if (commit, path) in self._found:
            self._found.move_to_end((commit, path))
            return self._found[commit, path]
        content = await ask(commit, path)
        if is_commit_id(commit) and len(content or b"") <= FILE_BYTES:
            self._found[commit, path] = content
            if len(self._found) > FILES:
                self._found.popitem(last=False)
        return content
