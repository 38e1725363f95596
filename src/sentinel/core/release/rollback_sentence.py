"""What is said of a rollback that has ended: why the release was left, and how production was found afterwards."""

from collections.abc import Iterable

from sentinel.core.release.cause import headed
from sentinel.core.release.model import RollbackPlan


def why_left(plan: RollbackPlan) -> str:
    """The reason, and that of the newest attempt where an earlier one failed."""
    return f"{plan.reason} {plan.again}".rstrip() if plan.again else plan.reason


def rolled_back(plan: RollbackPlan, *, proven: bool, notes: Iterable[str]) -> str:
    """Production is named only where its own answer has `proven` which release it is; `notes` are further sentences."""
    target = plan.target.tag if plan.target else "nothing"
    ended = (
        f"Rolled back: production runs {target} again, instead of {plan.leaving.tag}."
        if proven
        else f"Rolled back from {plan.leaving.tag} to {target}: the rollback script ended well and production answers; "
        "no version_path says which release it is."
    )
    reason, _, rest = why_left(plan).partition("\n")
    return headed(plan.cause, _lines(f"{ended} {reason}", *notes, rest))


def halted(plan: RollbackPlan, failure: str) -> str:
    """Both reasons: why production is not good now, and why the release was left."""
    now, _, output = failure.partition("\n")
    reason, _, rest = why_left(plan).partition("\n")
    return headed(
        plan.cause,
        _lines(f"HALTED: the rollback failed. {now}", f"It was begun because: {reason}", output, rest),
    )


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
