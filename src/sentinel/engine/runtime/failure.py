"""How an operation failed: the sentence that is shown, and what production is left for where it is in production."""

from dataclasses import dataclass

from sentinel.core.release.cause import Cause
from sentinel.errors import SentinelError
from sentinel.errors.lifecycle import InvariantBrokenError
from sentinel.errors.operation import ScriptFailedError, VerificationFailedError
from sentinel.errors.tampering import TamperingError


@dataclass(frozen=True, slots=True)
class Failure:
    """`message` ends with `fix`, what to do about it, where the rule that was broken says that."""

    message: str
    cause: Cause
    fix: str = ""


_CAUSES: tuple[tuple[type[SentinelError], Cause], ...] = (
    (VerificationFailedError, Cause.VERIFICATION_FAILED),
    (ScriptFailedError, Cause.SCRIPT_FAILED),
    (TamperingError, Cause.TAMPERED),
    (InvariantBrokenError, Cause.INTERNAL_FAULT),
)


def cause_of(error: SentinelError) -> Cause:
    """By the rule that was broken; whatever else refuses a deployment has failed it."""
    return next((cause for kind, cause in _CAUSES if isinstance(error, kind)), Cause.DEPLOYMENT_FAILED)
