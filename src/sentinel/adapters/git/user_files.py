"""The files in which the daemon's user and the system configure git, with what they include.

git itself parses each file. Includes are followed here: to decide on them, git would read the governed repository's own
configuration.
"""

import os
import re
import tempfile
from pathlib import Path

from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.configuration import parsed, system_file
from sentinel.adapters.git.environment import Config
from sentinel.adapters.git.names import shown
from sentinel.errors.git import UserConfigurationError

_DEPTH = 10
"""As deep as git follows includes."""
_CONDITION = re.compile(r"includeif\.gitdir(/i)?:(.*)\.path", re.DOTALL)
_WILD = re.compile(r"\*\*/|/\*\*$|\*|\?|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}


async def user_settings(settings: GitSettings, git_dir: Path) -> Config:
    """Every key with its value, in the order in which git reads them in the repository of `git_dir`.

    Includes on another condition than `gitdir` are not followed. Raises UserConfigurationError.
    """
    reading = _Reading(settings, git_dir)
    found = await reading.system()
    for file in _own_files(settings):
        found = (*found, *await reading.file(file))
    return found


def _own_files(settings: GitSettings) -> tuple[Path, ...]:
    """The user's own files, in the order in which git reads them."""
    environ = settings.environ
    if (named := environ.get("GIT_CONFIG_GLOBAL")) is not None:
        return (Path(named),) if named else ()
    if not (home := environ.get("HOME")):
        return ()
    folder = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    return (Path(folder, "git", "config"), Path(home, ".gitconfig"))


class _Reading:
    """One reading of all files, in a folder that is no repository."""

    def __init__(self, settings: GitSettings, git_dir: Path) -> None:
        self._environ = settings.environ
        self._git_dir = str(git_dir)
        self._git = Git(Path(tempfile.gettempdir()), settings)

    async def system(self) -> Config:
        if self._environ.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("", "0", "false", "no", "off"):
            return ()
        if (named := self._environ.get("GIT_CONFIG_SYSTEM")) is not None:
            return await self.file(Path(named)) if named else ()
        found = await system_file(self._git)
        return await self.file(found) if found is not None else ()

    async def file(self, path: Path, depth: int = 0) -> Config:
        """Nothing where there is no such file: an include may name one that is not there."""
        if not path.is_file():
            return ()
        if depth > _DEPTH:
            raise UserConfigurationError(detail=f"{shown(os.fsencode(path))} is included too deeply")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UserConfigurationError(detail=f"{shown(os.fsencode(path))}: {error.strerror}") from error
        found: Config = ()
        for key, value in await parsed(self._git, content, of=shown(os.fsencode(path))):
            included = self._included(key, value or "", path)
            more = (
                ((key, "true" if value is None else value),)
                if included is None
                else await self.file(included, depth + 1)
            )
            found = (*found, *more)
        return found

    def _included(self, key: str, value: str, file: Path) -> Path | None:
        """The file that an entry of `file` includes here."""
        condition = _CONDITION.fullmatch(key)
        if key != "include.path" and (condition is None or not self._is_here(condition[2], condition[1], file)):
            return None
        return file.parent / self._expanded(value)

    def _is_here(self, pattern: str, any_case: str | None, file: Path) -> bool:
        """gitignore-like, as git-config(1) says of conditional includes."""
        pattern = self._expanded(pattern)
        if pattern.startswith("./"):
            pattern = f"{file.parent}{pattern[1:]}"
        pattern = pattern if pattern.startswith("/") else f"**/{pattern}"
        pattern = f"{pattern}**" if pattern.endswith("/") else pattern
        parts = (
            part if part.startswith("[") else _MEANING.get(part) or re.escape(part) for part in _WILD.findall(pattern)
        )
        return re.fullmatch("".join(parts), self._git_dir, re.IGNORECASE if any_case else 0) is not None

    def _expanded(self, path: str) -> str:
        home = self._environ.get("HOME", "")
        return f"{home}{path[1:]}" if path == "~" or path.startswith("~/") else path
