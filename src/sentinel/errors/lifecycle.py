"""What the state machine refuses."""

from sentinel.errors import RefusedError, SentinelError


class IllegalTransitionError(RefusedError):
    problem = "In state {state} there is no way on for: {event}."
    remedy = "`release_status` says which steps are legal now."


class InvariantBrokenError(SentinelError):
    """A defect of Sentinel itself: the change is not made."""

    problem = "The change was refused because it would break an invariant: {invariant}."
    remedy = "Report it with the output of `sentinel audit export`; the state was not changed."
