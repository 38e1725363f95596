"""Why staging is not rehearsed, or a rehearsal fails."""

from sentinel.errors import RefusedError, SentinelError


class RehearsalFailedError(SentinelError):
    problem = "The rehearsal failed. {what}."
    remedy = "Mend that and try again; nothing was recorded."


class StagingInUseError(RefusedError):
    problem = "Staging is in use by a release: the state is {state}. A rehearsal would replace what soaks there."
    remedy = "Try again once the release is over. A person may give it up with `sentinel abandon`."


class RehearsalSeparatedError(SentinelError):
    problem = "In separated mode staging belongs to the daemon's users, and a rehearsal would run as you."
    remedy = "Prepare a release, and deploy it to staging."
