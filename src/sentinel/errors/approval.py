"""Why an approval, a signature or a passkey is not accepted."""

from sentinel.errors import RefusedError, SentinelError


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


class SignatureRequiredError(RefusedError):
    problem = "The policy asks for signed approvals (`approvers`): the phrase alone approves nothing, on any channel."
    remedy = "A person whose key is in the approvers' file runs `sentinel approve` in a terminal."


class SignatureUnaskedError(RefusedError):
    problem = "The policy names no approvers, and the approval is signed."
    remedy = "A person runs `sentinel approve` again; `[production.approval] approvers` has approvals signed."


class SignatureMalformedError(RefusedError):
    problem = "The signature cannot be read: {detail}."
    remedy = "A person runs `sentinel approve` again, which has ssh-keygen make one."


class SignatureWrongError(RefusedError):
    problem = "The signature is not one of this plan for Sentinel: {detail}."
    remedy = "A person runs `sentinel approve` again and signs the plan that is shown now."


class UnknownApproverError(RefusedError):
    problem = "The key {fingerprint} may not approve: {detail}."
    remedy = "Sign with a key that {file} on the daemon's machine names and that is valid now."


class AmbiguousApproverError(RefusedError):
    problem = "The key {fingerprint} stands for no single person: {file} gives it the names {names}."
    remedy = "Give each key exactly one plain name there; certificates and patterns do not say who signed."


class NobodyTouchedError(RefusedError):
    problem = "The hardware key {fingerprint} signed without anybody touching it."
    remedy = "Approve with a key that was made without `no-touch-required`."


class AlreadySignedError(RefusedError):
    problem = "{who} has signed this approval already."
    remedy = "Another person, with another key, must sign as well."


class RequesterApprovesError(RefusedError):
    problem = "{who} asked for this {kind} and cannot approve it."
    remedy = "Another person must approve."


class ApproversUnfitError(SentinelError):
    problem = "The approvers' file {path} cannot be used: {detail}."
    remedy = (
        "It must be a file of ssh's allowed_signers format that only the daemon's user can write; nothing was decided."
    )


class NoApprovalKeyError(SentinelError):
    problem = "No key of yours may approve: {detail}."
    remedy = "Name one with `--key`, or load it with `ssh-add`; the daemon's approvers' file must name it."


class SigningFailedError(SentinelError):
    problem = "The plan was not signed: {detail}."
    remedy = "Nothing was decided; a person runs `sentinel approve` again."


class ApproversChangedError(RefusedError):
    problem = "The approvers' file {file} is not the one that was trusted: it was changed since."
    remedy = "A person reads who may approve now and runs `sentinel trust`."


class PasskeyMalformedError(RefusedError):
    problem = "What the browser answered for the passkey cannot be read: {detail}."
    remedy = "Nothing was decided. Load the page again and use the passkey once more."


class PasskeyElsewhereError(RefusedError):
    problem = "The passkey was used for {found}, and this console is {expected}."
    remedy = "Open the console at its own address and use the passkey there; nothing was decided."


class PasskeyUnverifiedError(RefusedError):
    problem = "The passkey {fingerprint} did not verify who used it."
    remedy = "Use one that asks for a PIN, a fingerprint or a face; nothing was decided."


class PasskeyUnknownError(RefusedError):
    problem = "No approvers' file names this passkey."
    remedy = "A person adds its line with `sentinel approver add` at a terminal; the console's page `Passkey` shows it."


class PasskeyLineError(SentinelError):
    problem = "This is not the line of a passkey: found {found}."
    remedy = "Copy the whole line that the console shows on its page `Passkey`."


class ApproverKnownError(RefusedError):
    problem = "{file} names this passkey already."
    remedy = "Nothing was changed. `sentinel trust` shows who may approve."


class SignInExpiredError(RefusedError):
    problem = "This sign-in has expired or was used already."
    remedy = "Load the page again and use the passkey once more."
