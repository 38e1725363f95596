"""Who may ask on the operator socket: whoever its folder lets in, and in separated mode the operators alone."""

import pwd
from dataclasses import dataclass
from typing import Protocol

from sentinel.adapters.system_groups import groups_of
from sentinel.errors.daemon import NotAnOperatorError


class Admission(Protocol):
    """The rule by which people are let in."""

    @property
    def socket_mode(self) -> int: ...

    def check(self, uid: int, person: str) -> None:
        """Raises NotAnOperatorError."""
        ...


@dataclass(frozen=True, slots=True)
class OwnUser:
    """Advisory mode: the socket is its owner's."""

    socket_mode: int = 0o600

    def check(self, uid: int, person: str) -> None:
        """The folder's mode has kept everybody else out."""


@dataclass(frozen=True, slots=True)
class OperatorsGroup:
    """Separated mode: members of the group `operators` who are not in `agents` too, for an agent could be theirs.

    Membership is looked up at every request, as the system has it now.
    """

    operators: str
    agents: str
    socket_mode: int = 0o660

    def check(self, uid: int, person: str) -> None:
        if uid == 0:
            return
        groups = _groups_of(uid)
        if self.operators not in groups:
            raise NotAnOperatorError(user=person, reason=f"it is not in the group {self.operators}")
        if self.agents in groups:
            raise NotAnOperatorError(user=person, reason=f"it is in the group {self.agents}, as agents are")


def _groups_of(uid: int) -> frozenset[str]:
    try:
        return groups_of(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return frozenset()
