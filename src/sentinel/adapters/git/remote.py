"""A remote of the working copy: its address is read as data, and everything is sent from the daemon's mirror."""

import re
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git.command import TRANSFER_TIMEOUT, Git
from sentinel.adapters.git.environment import RECEIVE_PACK, UPLOAD_PACK
from sentinel.adapters.git.location import Location
from sentinel.adapters.git.names import ref_name, sentence
from sentinel.adapters.output import Output
from sentinel.errors.git import GitFailedError, RemoteMissingError, RemoteUnreachableError

DEFAULT_REMOTE = "origin"
"""Where the policy names none."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SCP_LIKE = re.compile(r"[^/]+:")


@dataclass(frozen=True, slots=True)
class Remote:
    """`name` as the policy has it, `url` as git is given it; a relative path is taken from the working copy."""

    name: str
    url: str

    @property
    def is_path(self) -> bool:
        """Whether git starts the other end on this machine, where that repository's hooks must not run."""
        return self.url.startswith(("/", "file://"))

    @property
    def reading(self) -> tuple[str, ...]:
        """The options of a command that reads from the remote."""
        return (f"--upload-pack={UPLOAD_PACK}",) if self.is_path else ()

    @property
    def writing(self) -> tuple[str, ...]:
        """The options of a command that writes to the remote."""
        return (f"--receive-pack={RECEIVE_PACK}",) if self.is_path else ()

    async def refs(self, git: Git, *patterns: str) -> dict[str, str]:
        """The refs that match `patterns`, with their object ids; raises RemoteUnreachableError."""
        command = ("ls-remote", "--refs", *self.reading, "--", self.url, *patterns)
        try:
            output = await git(*command, accept=(0, 128), seconds=TRANSFER_TIMEOUT)
        except GitFailedError as error:
            raise RemoteUnreachableError(remote=self.name, detail=error.what) from error
        if output.status != 0:
            raise RemoteUnreachableError(remote=self.name, detail=sentence(output.stderr))
        rows = (row.split("\t", 1) for row in output.stdout.decode("utf-8", "surrogateescape").splitlines())
        return {row[1]: row[0] for row in rows if len(row) == 2}

    async def push(self, git: Git, *words: str) -> Output:
        """Pushes refspecs (and options before them) atomically and without hooks; the caller judges the status."""
        options = [word for word in words if word.startswith("--")]
        refspecs = [word for word in words if not word.startswith("--")]
        fixed = ("--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", *self.writing)
        return await git(
            "push", *fixed, *options, "--", self.url, *refspecs, accept=(0, 1, 128), seconds=TRANSFER_TIMEOUT
        )


async def find_remote(git: Git, location: Location, name: str) -> Remote | None:
    """The remote `name` of the working copy, or None; neither includes nor url rewriting are followed."""
    key = f"remote.{ref_name(name)}.url"
    url = await git.line("config", "--file", str(location.config), "--no-includes", "--get", key)
    return Remote(name, _absolute(url, location.root)) if url else None


async def the_remote(git: Git, location: Location, name: str) -> Remote:
    """The remote `name` of the working copy; raises RemoteMissingError."""
    remote = await find_remote(git, location, name)
    if remote is None:
        raise RemoteMissingError(remote=name)
    return remote


def _absolute(url: str, root: Path) -> str:
    if _SCHEME.match(url) or _SCP_LIKE.match(url) or url.startswith("/"):
        return url
    return str(root / url)
