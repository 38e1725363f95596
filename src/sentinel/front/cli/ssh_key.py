"""A person's own SSH key, with which `ssh-keygen` signs: one of the agent's, a file, or one in hardware."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.keys.ssh_signatures import keygen
from sentinel.core.approval.question import NAMESPACE
from sentinel.core.values.printable import printable
from sentinel.errors.approval import NoApprovalKeyError, SigningFailedError

FILES = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")
"""The names in ~/.ssh that are looked for, those in hardware first."""
AGENT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ApprovalKey:
    """A private key's file, or the public key of one that the ssh agent holds."""

    path: Path | None
    public: str

    def sign(self, document: bytes) -> str:
        """The armored signature; ssh-keygen asks for a passphrase or a touch by itself. Raises SigningFailedError."""
        if self.path is not None:
            return _sign(self.path, document)
        with tempfile.TemporaryDirectory(prefix="sentinel-key-") as folder:
            public = Path(folder) / "key.pub"
            public.write_text(f"{self.public}\n")
            return _sign(public, document)


def choose_key(approvers: Sequence[str], chosen: str | None) -> ApprovalKey:
    """`chosen`, else the first key of the agent's and then of ~/.ssh that is among `approvers`.

    Raises NoApprovalKeyError.
    """
    if chosen is not None:
        return _chosen(Path(chosen).expanduser(), approvers)
    found = next((key for key in _own_keys() if key.public in approvers), None)
    if found is None:
        raise NoApprovalKeyError(detail="the ssh agent and ~/.ssh hold none that the daemon's approvers' file names")
    return found


def _chosen(path: Path, approvers: Sequence[str]) -> ApprovalKey:
    """A key whose public half is not at hand is tried: the daemon knows in the end."""
    shown = printable(str(path))
    if not path.is_file():
        raise NoApprovalKeyError(detail=f"there is no file {shown}")
    public = _public_half(path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub"))
    if public is not None and public not in approvers:
        raise NoApprovalKeyError(detail=f"the daemon's approvers' file does not name {shown}")
    return ApprovalKey(path, public or "")


def _own_keys() -> Iterator[ApprovalKey]:
    yield from (ApprovalKey(None, public) for public in _agent_keys())
    for name in FILES:
        path = Path.home() / ".ssh" / name
        public = _public_half(path.with_name(f"{name}.pub"))
        if public is not None and path.is_file():
            yield ApprovalKey(path, public)


def _agent_keys() -> Iterator[str]:
    program = shutil.which("ssh-add")
    if program is None or not os.environ.get("SSH_AUTH_SOCK"):
        return
    try:
        listed = subprocess.run(  # noqa: S603 - a fixed program
            [program, "-L"], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=AGENT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):  # an agent that does not answer holds no key for us
        return
    if listed.returncode == 0:
        yield from filter(None, map(_public, listed.stdout.decode("utf-8", "replace").splitlines()))


def _public_half(path: Path) -> str | None:
    try:
        return _public(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _public(line: str) -> str | None:
    """Type and key, without the comment."""
    words = line.split()
    return " ".join(words[:2]) if len(words) >= 2 else None


def _sign(key: Path, document: bytes) -> str:
    words = [keygen(), "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.absolute())]
    done = subprocess.run(words, check=False, input=document, stdout=subprocess.PIPE)  # noqa: S603 - the same
    if done.returncode:
        raise SigningFailedError(detail="ssh-keygen did not sign, and says why above")
    return done.stdout.decode("ascii", "replace")
