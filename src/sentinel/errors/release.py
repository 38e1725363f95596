"""Why a release or an operation does not go on."""

from sentinel.errors import SEE_STATUS, RefusedError, SentinelError


class StepFailedError(RefusedError):
    """A step of the running operation did not succeed."""

    problem = "{reason}"
    remedy = "{fix}"


class ScriptFailedError(StepFailedError):
    """A command of the policy did not end well; with what it printed last."""


class VerificationFailedError(StepFailedError):
    """Production was watched, and what it answered is not good enough."""


class UnknownPolicyError(RefusedError):
    problem = "There is no sentinel.toml at commit {commit}."
    remedy = "Run `sentinel init`, commit sentinel.toml and let a person run `sentinel trust`."


class LockedToolError(RefusedError):
    problem = "{reason}"
    remedy = "{instead}"


class NoHotfixError(RefusedError):
    problem = "The trusted policy has no `[hotfix]`, so there are no hotfixes in this project."
    remedy = 'Add `[hotfix]` with `soak = "2m"` to sentinel.toml and commit it; a person runs `sentinel trust`.'


class WrongVersionError(RefusedError):
    problem = "{found} is not the release candidate, which is {expected}."
    remedy = "Call `{call}`."


class VersionRequiredError(RefusedError):
    problem = "`version` is required for a production deployment."
    remedy = 'Call `deploy(target="production", version="{expected}")`.'


class AdoptionError(RefusedError):
    problem = "Production cannot be recorded: {reason}."
    remedy = "{fix}"


class TrustChangedError(RefusedError):
    problem = "The head of the branch has changed since it was shown."
    remedy = "A person runs `sentinel trust` again and reads what it shows now."


class UnknownFindingError(RefusedError):
    problem = "There is no open finding {number}."
    remedy = "`sentinel audit list --findings` shows the open ones."


class MissingReasonError(RefusedError):
    problem = "A reason is required to resolve a finding."
    remedy = 'Say why it is resolved: `--reason "…"`.'


class NothingToLeaveError(RefusedError):
    problem = "Production has no earlier release to go back to."
    remedy = "A person records what production runs with `sentinel adopt VERSION`."


class NothingToRejectError(RefusedError):
    problem = "Nothing waits for an approval that could be rejected."
    remedy = SEE_STATUS


class UnknownReleaseError(RefusedError):
    problem = "The history has no release {version}."
    remedy = "`sentinel releases` lists them."


class NoLogError(RefusedError):
    problem = "No output of {what} is kept."
    remedy = "{instead}"


class NoVerificationError(RefusedError):
    problem = "No verification of production is stored."
    remedy = "Each deployment and rollback is verified; its samples are kept as long as its operation."


class IllegalTransitionError(RefusedError):
    problem = "The event `{event}` is not allowed in state {state}."
    remedy = "`release_status` says which steps are legal now."


class InvariantBrokenError(SentinelError):
    """A defect of Sentinel itself: the change is not made."""

    problem = "The change was refused because it would break an invariant: {invariant}."
    remedy = "The state was not changed. Report it with the output of `sentinel audit export`."


class RehearsalFailedError(SentinelError):
    problem = "The rehearsal failed. {what}."
    remedy = "Nothing was recorded. Correct that and try again."


class StagingInUseError(RefusedError):
    problem = "Staging is in use by a release: the state is {state}. A rehearsal would replace what soaks there."
    remedy = "Try again once the release is over. A person may give it up with `sentinel abandon`."


class RehearsalSeparatedError(SentinelError):
    problem = "In separated mode staging belongs to the daemon's users, and a rehearsal would run as you."
    remedy = "Prepare a release, and deploy it to staging."
