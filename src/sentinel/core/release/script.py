"""A command to run and how it ended: one value each for the engine, its adapter and the supervisor process.

`document` and `from_document` are how they are stored beside the run, as `order.json` and `status.json`. A restarted
daemon reads what the version before it stored, and a supervisor of that version may still write it. Standard library
only, since the supervisor loads it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sentinel.core.values.printable import printable

CommandUser = Literal["build", "staging"]
"""Whose processes commands are in separated mode, but for those of production, which are the daemon's own."""
Outcome = Literal["exited", "signalled", "timed_out", "cancelled", "failed_to_start", "lost"]
NO_DOCUMENT = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading a stored document raises where it is none. A command of the daemon's own user can write there, too."""


@dataclass(frozen=True, slots=True)
class ScriptOrder:
    """What to run, in which folder, and for how long at most.

    `user` is whose process it is to be; None means the daemon's own. Without `services`, whatever the command leaves
    running is ended when it ends. `output_cap` is how many bytes of the output are kept; `grace_seconds` is the time
    between TERM and KILL.
    """

    argv: tuple[str, ...]
    cwd: str
    timeout_seconds: float
    user: CommandUser | None = None
    services: bool = True
    output_cap: int = 16 * 1024 * 1024
    grace_seconds: float = 5.0

    def document(self) -> dict[str, Any]:
        return {
            "argv": list(self.argv),
            "cwd": self.cwd,
            "timeout_seconds": self.timeout_seconds,
            "user": self.user,
            "services": self.services,
            "output_cap": self.output_cap,
            "grace_seconds": self.grace_seconds,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ScriptOrder":
        """Raises NO_DOCUMENT where it is no order."""
        return cls(
            argv=tuple(map(str, document["argv"])),
            cwd=str(document["cwd"]),
            timeout_seconds=float(document["timeout_seconds"]),
            user=_user(document),
            services=bool(document.get("services", True)),
            output_cap=int(document["output_cap"]),
            grace_seconds=float(document["grace_seconds"]),
        )


def _user(document: Mapping[str, Any]) -> CommandUser | None:
    """Earlier versions wrote `guest`, and `true` where `build` was the only user."""
    user: object = document.get("user", document.get("guest"))
    if user is True or user == "build":
        return "build"
    if user == "staging":
        return "staging"
    if user:
        raise ValueError(user)
    return None


@dataclass(frozen=True, slots=True)
class ScriptInput:
    """What a supervisor is told and never stores: its environment, and the values that its output hides."""

    env: Mapping[str, str] = field(repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)

    def document(self) -> dict[str, Any]:
        return {"env": dict(self.env), "hidden": list(self.hidden)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ScriptInput":
        return cls(document["env"], tuple(document["hidden"]))


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """How a command ended. `exit_code` is the negative signal number where a signal ended it; `tail` is printable.

    `lost` means that its supervisor died, or that what it wrote cannot be read: whether the command did its work is not
    known, and it no longer runs.
    """

    outcome: Outcome
    exit_code: int | None = None
    seconds: float = 0.0
    reason: str = ""
    tail: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome == "exited" and self.exit_code == 0

    @property
    def sentence(self) -> str:
        """How it ended, to follow the command's name."""
        if self.outcome == "failed_to_start":
            return f"could not be started: {self.reason}"
        if self.outcome == "lost":
            return f"was lost: {self.reason or 'its supervisor died, so nobody saw how it ended'}"
        shown = {
            "exited": f"ended with exit code {self.exit_code} after {self.seconds:.0f} s",
            "signalled": f"was ended by signal {-(self.exit_code or 0)} after {self.seconds:.0f} s",
            "timed_out": f"did not end within its time and was stopped after {self.seconds:.0f} s",
            "cancelled": f"was cancelled after {self.seconds:.0f} s",
        }[self.outcome]
        return f"{shown} ({self.reason})" if self.reason else shown

    def document(self) -> dict[str, Any]:
        """All but the tail, which is the end of the output's own file."""
        return {
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "seconds": self.seconds,
            "reason": self.reason,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], *, tail: str = "") -> "ScriptResult":
        """Raises NO_DOCUMENT where it is no result."""
        outcome = document["outcome"]
        if outcome not in get_args(Outcome):
            raise ValueError(outcome)
        code, seconds = document["exit_code"], float(document["seconds"])
        if not math.isfinite(seconds):
            raise ValueError(seconds)
        return cls(
            outcome=outcome,
            exit_code=None if code is None else int(code),
            seconds=seconds,
            reason=printable(str(document["reason"])),
            tail=tail,
        )
