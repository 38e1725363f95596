"""People with SSH keys, and the daemon's file of those who may approve."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.front.operator.client import OperatorClient
from tests.protocol.installation import Done, Installation
from tests.protocol.small import Small

NAMESPACE = "sentinel-approval"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key in a file."""

    name: str
    key: Path

    @classmethod
    def create(cls, folder: Path, name: str, *, passphrase: str = "") -> "Person":
        key = folder / f"key-{name}"
        words = ("-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(key))
        subprocess.run(["ssh-keygen", *words], check=True, stdin=subprocess.DEVNULL)
        return cls(name, key)

    @property
    def public(self) -> str:
        return " ".join(self.key.with_name(f"{self.key.name}.pub").read_text().split()[:2])

    def line(self, options: str = "") -> str:
        """Their line in the approvers' file."""
        return " ".join(filter(None, (self.name, options, self.public)))

    def sign(self, document: str, *, namespace: str = NAMESPACE) -> str:
        """A signature that ssh-keygen makes, without Sentinel's command."""
        words = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(self.key)]
        return subprocess.run(words, check=True, input=document.encode(), stdout=subprocess.PIPE).stdout.decode()

    def approve(self, site: Installation, typed: str = "DEPLOY-NOW") -> Done:
        """`sentinel approve` at a terminal."""
        return site.at_terminal("approve", "--key", str(self.key), typed=typed, prompt="to confirm): ")


def name_approvers(site: Installation, small: Small, *lines: str, required: int = 1) -> Path:
    """The policy asks for signatures, and the daemon's file, which is returned, has `lines`."""
    file = f"approvers-{small.id}"
    small.change_policy({"production.approval": {"approvers": file, "required": required}})
    small.commit("Have approvals signed")
    path = site.home / file
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


def answer(operator: OperatorClient, signature: str | None, phrase: str = "DEPLOY-NOW") -> Mapping[str, object]:
    """An answer to the open question past the command line."""
    question = operator.ask("question")
    named = {name: question[name] for name in ("approval_id", "plan_digest")}
    answered: Mapping[str, object] = operator.ask(
        "approve", **named, phrase=phrase, channel="terminal", signature=signature
    )
    return answered


def ssh_verifies(approvers: Path, principal: str, document: str, signature: str) -> None:
    """By ssh-keygen alone, as anybody can."""
    file = approvers.with_suffix(".sig")
    file.write_text(signature)
    words = ["ssh-keygen", "-Y", "verify", "-f", str(approvers), "-I", principal, "-n", NAMESPACE, "-s", str(file)]
    subprocess.run(words, check=True, input=document.encode(), stdout=subprocess.DEVNULL)
