"""Signatures of ssh keys over files, as `ssh-keygen -Y verify` decides (OpenSSH, PROTOCOL.sshsig)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sentinel.errors.signing import ProgramMissingError

_TIMEOUT_SECONDS = 30


def verify(signers: bytes, principal: str, namespace: str, message: bytes, signature: bytes) -> bool:
    """Whether `principal`, by the lines of an allowed_signers file, has signed `message`. Raises ProgramMissingError.

    `principal` and `namespace` begin with no "-".
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ProgramMissingError(program="ssh-keygen", package="openssh-client")
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        allowed, signed = Path(folder, "allowed_signers"), Path(folder, "signature")
        allowed.write_bytes(signers)
        signed.write_bytes(signature)
        words = ("-Y", "verify", "-f", str(allowed), "-I", principal, "-n", namespace, "-s", str(signed))
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, arguments checked by the caller
                [program, *words],
                input=message,
                capture_output=True,
                check=False,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                timeout=_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0
