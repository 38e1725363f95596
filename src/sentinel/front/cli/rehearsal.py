"""A rehearsal of staging with the working copy: its script, health and smoke, by the person who asks for it.

The daemon takes no part, and nothing of it is recorded: it is no staging, starts no soak and is no evidence.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from sentinel.adapters.artifacts.store import ArtifactStore
from sentinel.adapters.environment import build_environment
from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.location import enclosing_root
from sentinel.adapters.git.worktree import working_policy
from sentinel.adapters.http.services import HttpServices
from sentinel.adapters.secrets import SecretStore
from sentinel.core.policy.model import Command, Policy
from sentinel.core.release.states import State
from sentinel.core.values.printable import printable, printable_lines
from sentinel.core.values.urls import without_login
from sentinel.daemon_file import DaemonFile, read_daemon_file
from sentinel.errors.release import RehearsalFailedError, RehearsalSeparatedError, StagingInUseError
from sentinel.front.cli.daemon_link import operator, project_directory
from sentinel.front.cli.printing import say
from sentinel.front.cli.terminal import confirm
from sentinel.launch.settings import Settings

VERSION = "0.0.0-rehearsal"
"""What no release is called: a service that says so is never taken for one."""
FREE = (State.IDLE, State.ACTIVE, State.RELEASE_CANDIDATE)
"""States in which no release needs staging to stay as it is."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The working copy at `root`, whose head is `commit`, with the secrets of the person's own daemon.toml."""

    root: Path
    policy: Policy
    commit: str
    own: DaemonFile

    def run(self) -> None:
        """Raises RehearsalFailedError, and what is wrong with artifacts, files and secrets."""
        folder = Path(tempfile.mkdtemp(prefix="sentinel-try-"))
        try:
            anyio.run(self._run, folder)
        finally:
            remove_tree(folder)

    async def _run(self, folder: Path) -> None:
        staging, secrets = self.policy.staging, SecretStore(self.own.secrets, os.environ)
        store = ArtifactStore(folder / "kept")
        artifacts = await store.collect("try", self.root, self.policy.build.artifacts)
        await store.hand_out("try", artifacts, folder / "artifacts")
        names = self.policy.environment.secrets
        values = await secrets.values(self.policy.project.id, names)
        variables = {**values, **self._variables(folder / "artifacts")}
        environment = build_environment((self.policy.environment,), variables, os.environ).variables
        seconds = staging.timeout.total_seconds()
        await anyio.to_thread.run_sync(partial(self._command, "staging", staging.deploy, environment, seconds))
        services = HttpServices(secrets.mask, secrets.login, self.own.ca)
        tag = f"{self.policy.tag.prefix}{VERSION}"
        if fault := await services.healthy(staging, answers=(VERSION, tag, self.commit)):
            raise RehearsalFailedError(what=f"Staging is not healthy: {fault.rstrip('.')}")
        say("Staging is healthy.")
        await anyio.to_thread.run_sync(partial(self._command, "smoke", staging.smoke, environment, seconds))

    def _variables(self, artifacts: Path) -> dict[str, str]:
        return {
            "SENTINEL_TARGET": "staging",
            "SENTINEL_VERSION": VERSION,
            "SENTINEL_COMMIT": self.commit,
            "SENTINEL_ARTIFACTS": str(artifacts),
            "SENTINEL_URL": self.policy.staging.url,
            "SENTINEL_RELEASE_ID": "rehearsal",
            "SENTINEL_ATTEMPT": "1",
        }

    def _command(self, name: str, command: Command, environment: Mapping[str, str], seconds: float) -> None:
        """Its output goes where the person looks; what it leaves running is left, as a service of staging is."""
        argv = ("/bin/sh", "-c", command) if isinstance(command, str) else command
        say(f"Running the {name} command …")
        try:
            process = subprocess.Popen(  # noqa: S603 - the person has read and confirmed it
                argv, cwd=self.root, env=dict(environment), stdin=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise RehearsalFailedError(what=f"The {name} command cannot be started: {error.strerror}") from None
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise RehearsalFailedError(what=f"The {name} command did not end within {seconds:g} s") from None
        except BaseException:
            _end(process)
            raise
        if status != 0:
            raise RehearsalFailedError(what=f"The {name} command ended with exit code {status}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def head_of(root: Path) -> str:
    """The commit of the working copy; a rehearsal may have changes that are not in it."""
    git = shutil.which("git") or "git"
    words = [git, "-C", str(root), "rev-parse", "--verify", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode != 0:
        raise RehearsalFailedError(what="The working copy has no commit yet")
    return done.stdout.strip()


def rehearse(options: Namespace) -> None:
    """Asks the person, and rehearses. Raises RehearsalFailedError, RehearsalSeparatedError or StagingInUseError."""
    settings = Settings.from_environ(os.environ)
    if settings.system is not None:
        raise RehearsalSeparatedError
    root = enclosing_root(project_directory(options))
    policy = working_policy(root)
    status = operator(options).ask("status")["status"]
    if status["state"] not in FREE or status["operation"] is not None:
        raise StagingInUseError(state=status["state"])
    staging = policy.staging
    commands = "\n".join(f"  {_shown(command)}" for command in (staging.deploy, staging.smoke))
    confirm(
        f"This runs the working copy's own commands, trusted or not, as you, in {printable(str(root))}:\n{commands}\n"
        f"They deploy what the last build left here to {printable(without_login(staging.url))}, as {VERSION}. It "
        "counts for nothing: no release, no soak, no evidence."
    )
    Rehearsal(root, policy, head_of(root), read_daemon_file(settings.daemon_file)).run()
    say("The rehearsal went well: script, health and smoke. It counts for nothing.")


def _shown(command: str | tuple[str, ...]) -> str:
    return printable_lines(command if isinstance(command, str) else shlex.join(command)).replace("\n", "\n  ")
