"""Why an approval is not accepted."""

from sentinel.errors import RefusedError


class NothingToApproveError(RefusedError):
    problem = "Nothing waits for an approval."
    remedy = "`sentinel status` shows the state and the next step."


class ApprovalGoneError(RefusedError):
    problem = "That approval was never asked for, or is no longer open."
    remedy = "A person runs `sentinel approve` again to see what waits now."


class ApprovalUsedError(RefusedError):
    problem = "That approval has been used already."
    remedy = "`sentinel status` shows the deployment that it started."


class ApprovalExpiredError(RefusedError):
    problem = "The approval has expired."
    remedy = "The deployment or rollback that it was for must be requested again."


class OlderPolicyError(RefusedError):
    problem = "This candidate was prepared with an older policy; abandon it and prepare again."
    remedy = 'Call `abandon_release(reason="…")`, or ask a person to run `sentinel abandon --reason "…"`.'


class LineHeldError(RefusedError):
    """Until a person lets the line go on, no approval is used."""

    problem = "{held}"
    remedy = "A person lets it go on with `sentinel unhold`."


class WindowClosedError(RefusedError):
    """Production is not entered outside of its windows."""

    problem = "{closed}"
    remedy = 'Wait until it opens, or a person runs `sentinel window waive --reason "…"`.'


class PlanChangedError(RefusedError):
    problem = "What you approve is not what would be deployed: the plan has changed since it was shown."
    remedy = "A person runs `sentinel approve` again and reads the plan that is shown now."


class ApprovalRefusedError(RefusedError):
    problem = "Not confirmed: only the exact phrase {phrase} approves."
    remedy = "Nothing was deployed; the request must be made again."


class NoTerminalError(RefusedError):
    problem = "`sentinel {command}` requires a real terminal, where a person confirms it."
    remedy = "Nothing was changed. Ask a person to run it in a terminal."


class NotConfirmedError(RefusedError):
    problem = "Not confirmed: nothing was changed."
    remedy = "To confirm, a person runs it again and types exactly '{phrase}'."


class ConfirmedOtherError(RefusedError):
    problem = "What was confirmed is no longer what is there: it was {confirmed}, and is {found}."
    remedy = "Nothing was changed. A person runs it again and reads what is shown now."


class ChannelClosedError(RefusedError):
    problem = "An approval by {channel} is not accepted here."
    remedy = "Approve by one of: {channels}."


class NotTrustedError(RefusedError):
    problem = "Nothing was trusted."
    remedy = "A person who has read it all runs `sentinel trust` again."


class NoTrustTerminalError(RefusedError):
    problem = "Trust is confirmed on a real terminal, and there is none."
    remedy = "Ask a person to run `sentinel trust` in a terminal."
