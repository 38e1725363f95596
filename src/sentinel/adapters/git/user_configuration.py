"""The git configuration of the daemon's user, read as data: how remotes are reached and the working copy is judged.

Settings count by the lists below; what else a person has told git, such as aliases and hooks, has no effect here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.adapters.git.command import GitSettings
from sentinel.adapters.git.environment import Config
from sentinel.adapters.git.user_files import user_settings

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
