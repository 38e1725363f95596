"""Configuration files as data: git parses them, once for the same bytes, which alone decide what they say."""

import re
from pathlib import Path

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.names import sentence
from sentinel.errors.git import UserConfigurationError

SIZE_LIMIT = 1024 * 1024
_REMEMBERED = 64
_ABSENT = re.compile(rb"unable to read config file '(.*)'")
_ORIGIN = b"file:"

Entries = tuple[tuple[str, str | None], ...]
"""Keys, lowered where git takes them in any case, with their values; a key alone has none."""


async def parsed(git: Git, content: bytes, *, of: str) -> Entries:
    """The entries of a file with that content, without what it includes; raises UserConfigurationError."""
    parsed = git.settings.parsed
    if content not in parsed:
        if len(parsed) >= _REMEMBERED:
            parsed.clear()
        words = ("config", "--file", "-", "--no-includes", "--list", "-z")
        output = await git(*words, stdin=content, accept=(0, 1, 128))
        if output.status != 0:
            raise UserConfigurationError(detail=sentence(output.stderr).replace("standard input", f"file {of}"))
        parsed[content] = tuple(output.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1])
    split = (entry.partition("\n") for entry in parsed[content])
    return tuple((key, value if has_value else None) for key, has_value, value in split)


async def system_file(git: Git) -> Path | None:
    """Where this git has the configuration of the system; None where that file says nothing."""
    settings = git.settings
    if settings.system_file:
        return settings.system_file[0]
    asking = Git(git.git_dir, settings, variables={"GIT_CONFIG_NOSYSTEM": "0"})
    output = await asking("config", "--system", "--no-includes", "--show-origin", "--list", "-z", accept=(0, 1, 128))
    absent = _ABSENT.search(output.stderr)
    origin = output.stdout.partition(b"\0")[0]
    found = absent[1] if absent else origin.removeprefix(_ORIGIN) if origin.startswith(_ORIGIN) else b""
    if output.status != 0 and not absent:
        raise UserConfigurationError(detail=sentence(output.stderr))
    if not found:
        return None
    settings.system_file.append(Path(found.decode("utf-8", "surrogateescape")))
    return settings.system_file[0]
