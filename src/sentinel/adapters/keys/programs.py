"""The programs that know keys, run without a terminal to ask at, and what they say."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from sentinel.core.values.printable import printable
from sentinel.errors.git import ProgramMissingError, SigningKeyUnusableError

_TIMEOUT = 60
_PACKAGES = {"ssh-keygen": "openssh-client", "ssh-add": "openssh-client", "gpg": "gnupg", "gpgconf": "gnupg"}


@dataclass(frozen=True, slots=True)
class Tools:
    """Runs the programs that know keys, without a terminal to ask at."""

    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        found = shutil.which(program, path=self.environ.get("PATH", os.defpath))
        if found is None:
            raise ProgramMissingError(program=program, package=_PACKAGES[program])
        environment = {**self.environ, "LC_ALL": "C"}
        environment.pop("DISPLAY", None)
        return subprocess.run(  # noqa: S603 - fixed programs, arguments checked here
            [found, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            start_new_session=True,
            timeout=_TIMEOUT,
        )

    def must(self, key: str, program: str, *arguments: str) -> bytes:
        """What the program prints; raises SigningKeyUnusableError with its own words where it fails."""
        try:
            result = self.run(program, *arguments)
        except subprocess.TimeoutExpired as error:
            raise SigningKeyUnusableError(key=key, detail=f"{program} did not finish") from error
        if result.returncode != 0:
            raise SigningKeyUnusableError(key=key, detail=said(result.stderr) or f"{program} failed")
        return result.stdout


def said(output: bytes) -> str:
    """The sentences of a program on one line, without a banner of signs and without the point at the end."""
    lines = (line.strip() for line in output.decode("utf-8", "backslashreplace").splitlines())
    words = " ".join(line for line in lines if line and not line.startswith("@"))
    return printable(" ".join(words.split()), limit=300).rstrip(".")
