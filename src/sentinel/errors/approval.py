"""Why an approval is not accepted."""

from sentinel.errors import RefusedError


class NothingToApproveError(RefusedError):
    problem = "Nothing waits for an approval."
    remedy = "`sentinel status` shows the state and the next step."


class ApprovalGoneError(RefusedError):
    problem = "That approval was never asked for, or is no longer open."
    remedy = "Run `sentinel approve` again to see what waits now."


class ApprovalUsedError(RefusedError):
    problem = "That approval has been used already."
    remedy = "`sentinel status` shows the deployment that it started."


class ApprovalExpiredError(RefusedError):
    problem = "The approval has expired."
    remedy = "The deployment or rollback that it was for must be requested again."


class PlanChangedError(RefusedError):
    problem = "What you approve is not what would be deployed: the plan has changed since it was shown."
    remedy = "Run `sentinel approve` again and read the plan that is shown now."


class ApprovalRefusedError(RefusedError):
    problem = "Not confirmed: only the exact phrase {phrase} approves."
    remedy = "Nothing was deployed; the request must be made again."


class NoTerminalError(RefusedError):
    problem = "An approval is read from a real terminal, and there is none."
    remedy = "Run `sentinel approve` in a terminal of your own."


class ChannelClosedError(RefusedError):
    problem = "An approval by {channel} is not accepted here."
    remedy = "Approve by one of: {channels}."


class NotTrustedError(RefusedError):
    problem = "Nothing was trusted."
    remedy = "Run `sentinel trust` again when you have read it all."


class NoTrustTerminalError(RefusedError):
    problem = "Trust is confirmed on a real terminal, and there is none."
    remedy = "Run `sentinel trust` in a terminal of your own."
