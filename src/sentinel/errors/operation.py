"""Why an operation ends without success; the sentences become its outcome."""

from sentinel.errors import RefusedError


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
    remedy = 'Add `[hotfix]` with `soak = "2m"` to sentinel.toml, commit it, and run `sentinel trust`.'


class WrongVersionError(RefusedError):
    problem = "{found} is not the release candidate, which is {expected}."
    remedy = "Call `{call}`."


class VersionRequiredError(RefusedError):
    problem = "A production deployment names the version that it deploys."
    remedy = 'Call `deploy(target="production", version="{expected}")`.'


class AdoptionError(RefusedError):
    problem = "Production cannot be recorded: {reason}."
    remedy = "{fix}"


class TrustChangedError(RefusedError):
    problem = "What you trust is no longer what stands at the head of the branch."
    remedy = "A person runs `sentinel trust` again and reads what it shows now."


class UnknownFindingError(RefusedError):
    problem = "There is no open finding {number}."
    remedy = "`sentinel audit list --findings` shows the open ones."


class MissingReasonError(RefusedError):
    problem = "A finding is resolved with a reason."
    remedy = 'Say why it is dealt with: `--reason "…"`.'


class NothingToLeaveError(RefusedError):
    problem = "Production has no earlier release to go back to."
    remedy = "A person records what production runs with `sentinel adopt VERSION`."


class NothingToRejectError(RefusedError):
    problem = "Nothing waits for an approval that could be rejected."
    remedy = "`sentinel status` shows the state and the next step."


class UnknownReleaseError(RefusedError):
    problem = "The history has no release {version}."
    remedy = "`sentinel releases` lists them."


class NoLogError(RefusedError):
    problem = "No output of {what} is kept."
    remedy = "`sentinel logs` shows the newest; the steps are {steps}."


class NoVerificationError(RefusedError):
    problem = "No verification of production is stored."
    remedy = "Each deployment and rollback is verified; its samples are kept as long as its operation."
