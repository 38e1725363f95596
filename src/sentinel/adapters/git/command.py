"""Runs git; the only module that imports GitPython, of which it uses the process layer and never the `Repo`."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from anyio import to_thread

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
        environment = {**git_environment(self.settings.environ, (*self.config, *config)), **self.variables}
        command = (f"--git-dir={self.git_dir}", *arguments)
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


def _execute(
    arguments: tuple[str, ...], environment: dict[str, str], stdin: bytes, timeout: float, limit: int
) -> Output:
    program = shutil.which("git", path=environment["PATH"])
    if program is None:
        raise GitMissingError
    try:
        from git.cmd import Git as Process  # noqa: PLC0415 - importing GitPython runs git, which may be missing
    except ImportError as error:
        raise GitMissingError from error
    # GitPython adds os.environ to the environment it is given; `env -u` takes away what was not asked for.
    foreign = [name for name in os.environ if name not in environment and "=" not in name]
    command = ["env", *(word for name in foreign for word in ("-u", name)), program, *arguments]
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        interrupt = Process(tempfile.gettempdir()).execute(
            command, istream=source, as_process=True, env=environment, start_new_session=True
        )
        assert interrupt.proc is not None  # noqa: S101 - as_process always starts one
        return collect(interrupt.proc, timeout=timeout, limit=limit)
