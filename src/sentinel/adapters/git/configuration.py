"""The git configuration of the daemon's user, read as data: how remotes are reached and the working copy is judged.

git parses each file, once for the same bytes, which alone decide what they say. Settings count by the lists below; what
else a person has told git, such as aliases and hooks, has no effect here.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.adapters.git.command import Config, Git, GitSettings
from sentinel.adapters.git.names import sentence, shown
from sentinel.errors.git import UserConfigurationError

FILE_LIMIT = 1024 * 1024
_REMEMBERED = 64
_ABSENT = re.compile(rb"unable to read config file '(.*)'")
_ORIGIN = b"file:"
_DEPTH = 10
"""As deep as git follows includes."""
_CONDITION = re.compile(r"includeif\.gitdir(/i)?:(.*)\.path", re.DOTALL)
_WILD = re.compile(r"\*\*/|/\*\*$|\*|\?|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}

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


#: Whole sections that say how a remote is reached, and single settings that do.
_TRANSPORT_SECTIONS = ("credential", "http")
_TRANSPORT_KEYS = ("core.gitproxy", "ssh.variant")
#: What a person's settings say of files, beside what a repository may say of its own.
_FILE_KEYS = (
    "core.excludesfile",
    "core.attributesfile",
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.symlinks",
    "core.ignorecase",
)
_SSH_COMMAND = "core.sshcommand"
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class UserConfiguration:
    """Keys with their values in the order of the files, which git gives a meaning; some of them are secrets."""

    settings: Config = field(default=(), repr=False)

    @property
    def transport(self) -> Config:
        """What git must be told to reach a remote; the address is rewritten by `read_address` and `push_address`."""
        return tuple(
            (key, value)
            for key, value in self.settings
            if key.partition(".")[0] in _TRANSPORT_SECTIONS or key in _TRANSPORT_KEYS
        )

    @property
    def files(self) -> Config:
        """What git must be told to judge files as the user's own git does."""
        return tuple((key, value) for key, value in self.settings if key in _FILE_KEYS)

    @property
    def variables(self) -> dict[str, str]:
        """The user's ssh, by the variable that goes before a repository's setting."""
        commands = [value for key, value in self.settings if key == _SSH_COMMAND]
        return {"GIT_SSH_COMMAND": commands[-1]} if commands else {}

    def read_address(self, url: str) -> str:
        """`url` as git rewrites it for reading."""
        return _rewritten(url, self._rules("insteadof"))

    def push_address(self, url: str) -> str | None:
        """Where a push to `url` goes instead; None where no rule says so."""
        address = _rewritten(url, self._rules("pushinsteadof"))
        return address if address != url else None

    def without_secrets(self, said: bytes) -> bytes:
        """What a program said, without the headers that are sent to the remote."""
        for key, value in self.settings:
            if key.startswith("http.") and key.endswith(".extraheader"):
                for word in value.encode("utf-8", "surrogateescape").partition(b":")[2].split():
                    said = said.replace(word, b"***") if len(word) >= _SHORTEST_SECRET else said
        return said

    def _rules(self, variable: str) -> Iterator[tuple[str, str]]:
        for key, value in self.settings:
            section, _, rest = key.partition(".")
            base, _, name = rest.rpartition(".")
            if section == "url" and name == variable:
                yield base, value


async def read_user_configuration(settings: GitSettings, git_dir: Path) -> UserConfiguration:
    """As the user's git reads it in the repository of `git_dir`. Raises UserConfigurationError."""
    return UserConfiguration(await user_settings(settings, git_dir))


def _rewritten(url: str, rules: Iterator[tuple[str, str]]) -> str:
    """By the rule with the longest beginning, as git does."""
    longest, base = "", ""
    for new, old in rules:
        if url.startswith(old) and len(old) > len(longest):
            longest, base = old, new
    return base + url[len(longest) :] if longest else url
