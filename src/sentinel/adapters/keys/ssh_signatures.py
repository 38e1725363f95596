"""Signatures of ssh keys over files, as `ssh-keygen -Y` decides (OpenSSH, PROTOCOL.sshsig)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sentinel.errors.git import ProgramMissingError

_TIMEOUT_SECONDS = 30


def verify(signers: bytes, principal: str, namespace: str, message: bytes, signature: bytes) -> bool:
    """Whether `principal`, by the lines of an allowed_signers file, has signed `message`. Raises ProgramMissingError.

    `principal` and `namespace` begin with no "-".
    """
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        allowed, signed = Path(folder, "allowed_signers"), Path(folder, "signature")
        allowed.write_bytes(signers)
        signed.write_bytes(signature)
        words = ("-f", str(allowed), "-I", principal, "-n", namespace, "-s", str(signed))
        try:
            return decide("verify", *words, message=message).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def decide(action: str, *words: str, message: bytes) -> subprocess.CompletedProcess[bytes]:
    """What `ssh-keygen -Y ACTION` says of `message`, without a terminal to ask at.

    Every word is ours, or follows an option. Raises ProgramMissingError, and subprocess.TimeoutExpired.
    """
    return subprocess.run(  # noqa: S603 - a fixed program
        [keygen(), "-Y", action, *words],
        input=message,
        capture_output=True,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        start_new_session=True,
        timeout=_TIMEOUT_SECONDS,
    )


def keygen() -> str:
    """Where ssh-keygen is. Raises ProgramMissingError."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ProgramMissingError(program="ssh-keygen", package="openssh-client")
    return program
