"""A rehearsal of staging with the working copy: its script, health and smoke, by the person who asks for it.

The daemon takes no part, and nothing of it is recorded: it is no staging, starts no soak and is no evidence.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from sentinel.adapters.artifacts.store import ArtifactStore
from sentinel.adapters.environment import build_environment
from sentinel.adapters.files import remove_tree
from sentinel.adapters.http.services import HttpServices
from sentinel.adapters.secrets.store import SecretStore
from sentinel.core.policy.model import Command, Policy
from sentinel.daemon_file import DaemonFile
from sentinel.errors.rehearsal import RehearsalFailedError
from sentinel.front.cli.printing import say

VERSION = "0.0.0-rehearsal"
"""What no release is called: a service that says so is never taken for one."""


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
