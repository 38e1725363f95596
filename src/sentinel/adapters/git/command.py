"""Runs git: once for one answer, or as a process that answers until it is closed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import anyio
from anyio import to_thread
from anyio.abc import Process

from sentinel.adapters.git.names import sentence
from sentinel.adapters.process_output import Output, OutputLimitError, collect
from sentinel.errors.git import GitFailedError, GitMissingError, GitOutputError, GitTimeoutError

Config = tuple[tuple[str, str], ...]

#: What the caller's environment may say to git; every other GIT_ variable is dropped.
_ALLOWED = frozenset({"GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_SSL_CAINFO"})

_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "TZ": "UTC",
}

#: Faults of old tools, which honest histories contain: of author, committer and tagger lines, and modes written with a
#: zero before them. What protects the reader are the checks of trees, paths, modes and special files.
_HARMLESS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTagName",
    "badTimezone",
    "extraHeaderEntry",
    "missingAuthor",
    "missingCommitter",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)

_CONFIG: Config = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.attributesFile", os.devnull),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.alternateRefsCommand", "true"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("transfer.fsckObjects", "true"),
    *((f"fetch.fsck.{fault}", "ignore") for fault in _HARMLESS),
)

#: The other end of a transfer by path: git starts it in a repository that is not ours, without the variables above.
_OTHER_END = (
    "git -c safe.directory=* -c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c core.fsmonitor=false"
    " -c gc.auto=0 -c receive.autogc=false"
)
UPLOAD_PACK = f"{_OTHER_END} -c uploadpack.allowAnySHA1InWant=true upload-pack"
RECEIVE_PACK = f"{_OTHER_END} receive-pack"


def git_environment(inherited: Mapping[str, str], config: Config = ()) -> dict[str, str]:
    """All variables of a git process; `config` goes before every configuration file."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("GIT_") or name in _ALLOWED}
    # Set even where the caller does not: this variable goes before a repository's core.sshCommand.
    ssh = {"GIT_SSH_COMMAND": kept.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")}
    return {"PATH": os.defpath, **kept, **ssh, **_FIXED, **_numbered((*_CONFIG, *config))}


def _numbered(config: Iterable[tuple[str, str]]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for number, (key, value) in enumerate(config):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**variables, "GIT_CONFIG_COUNT": str(len(variables) // 2)}


LOCAL_TIMEOUT = 120.0
LOOK_TIMEOUT = 15.0
"""For looking at the refs of a remote: one that is silent for so long does not answer."""
TRANSFER_TIMEOUT = 600.0
_OUTPUT_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GitSettings:
    """What git processes inherit: PATH, HOME, SSH_AUTH_SOCK … of the daemon, never of a repository."""

    environ: Mapping[str, str]
    parsed: dict[bytes, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    """The entries of configuration files by their bytes."""
    system_file: list[Path] = field(default_factory=list, repr=False, compare=False)
    """The one of the system, once git has named it."""


@dataclass(frozen=True, slots=True)
class Git:
    """git on one repository, given by its git folder, with a clean environment.

    `config` are settings and `variables` environment variables for every call.
    """

    git_dir: Path
    settings: GitSettings
    config: Config = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    async def __call__(
        self,
        *arguments: str,
        accept: tuple[int, ...] = (0,),
        stdin: bytes = b"",
        config: Config = (),
        seconds: float = LOCAL_TIMEOUT,
        limit: int = _OUTPUT_LIMIT,
    ) -> Output:
        """Runs `git ARGUMENTS`; an exit status that is not in `accept` raises GitFailedError.

        Raises GitMissingError, GitTimeoutError after `seconds`, GitOutputError beyond `limit` bytes.
        """
        command, environment = self._command(arguments), self._environment(config)
        try:
            output = await to_thread.run_sync(partial(_execute, command, environment, stdin, seconds, limit))
        except TimeoutError as error:
            raise GitTimeoutError(command=arguments[0], seconds=f"{seconds:g}") from error
        except OutputLimitError as error:
            raise GitOutputError(command=arguments[0], limit=limit) from error
        if output.status not in accept:
            raise GitFailedError(command=arguments[0], detail=sentence(output.stderr))
        return output

    async def line(self, *arguments: str) -> str | None:
        """The first line that `git ARGUMENTS` prints; None where it answers with status 1: there is no such thing."""
        output = await self(*arguments, accept=(0, 1))
        return output.stdout.decode("utf-8", "surrogateescape").partition("\n")[0] if output.status == 0 else None

    @asynccontextmanager
    async def running(self, *arguments: str, stderr: IO[bytes]) -> AsyncIterator[Process]:
        """`git ARGUMENTS` with pipes for its input and output; it ends with the end of its input.

        Raises GitMissingError.
        """
        command, environment = self._command(arguments), self._environment(())
        async with await anyio.open_process(
            command, stderr=stderr, env=environment, cwd=tempfile.gettempdir(), start_new_session=True
        ) as process:
            yield process

    def _command(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        program = shutil.which("git", path=self._environment(())["PATH"])
        if program is None:
            raise GitMissingError
        return (program, f"--git-dir={self.git_dir}", *arguments)

    def _environment(self, config: Config) -> dict[str, str]:
        return {**git_environment(self.settings.environ, (*self.config, *config)), **self.variables}


def _execute(command: tuple[str, ...], environment: dict[str, str], stdin: bytes, timeout: float, limit: int) -> Output:
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        process = subprocess.Popen(  # noqa: S603 - git itself, with a list of words
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=tempfile.gettempdir(),
            start_new_session=True,
        )
        return collect(process, timeout=timeout, limit=limit)
