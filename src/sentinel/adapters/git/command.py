"""Runs git: once for one answer, or as a process that answers until it is closed."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import anyio
from anyio import to_thread
from anyio.abc import Process

from sentinel.adapters.git.environment import Config, git_environment
from sentinel.adapters.git.names import sentence
from sentinel.adapters.process_output import Output, OutputLimitError, collect
from sentinel.errors.git import GitFailedError, GitMissingError, GitOutputError, GitTimeoutError

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
