"""Why an approval, a signature or a passkey is not accepted."""

from sentinel.errors import SEE_STATUS, RefusedError, SentinelError


class NothingToApproveError(RefusedError):
    problem = "Nothing waits for an approval."
    remedy = SEE_STATUS


class ApprovalGoneError(RefusedError):
    problem = "That approval was never asked for, or is no longer open."
    remedy = "A person runs `sentinel approve` again to see what waits now."


class ApprovalUsedError(RefusedError):
    problem = "That approval has been used already."
    remedy = "`sentinel status` shows the deployment that it started."


class ApprovalExpiredError(RefusedError):
    problem = "The approval has expired."
    remedy = "Request the deployment or rollback again."


class OlderPolicyError(RefusedError):
    problem = "This candidate was prepared with an older policy; abandon it and prepare again."
    remedy = 'Call `abandon_release(reason="…")`, or ask a person to run `sentinel abandon --reason "…"`.'


class OnHoldError(RefusedError):
    """Until a person ends the hold, no approval is used."""

    problem = "{held}"
    remedy = "A person ends the hold with `sentinel unhold`."


class WindowClosedError(RefusedError):
    """Production is not entered outside of its windows."""

    problem = "{closed}"
    remedy = 'Wait until it opens, or a person runs `sentinel window waive --reason "…"`.'


class PlanChangedError(RefusedError):
    problem = "The plan has changed since it was shown, so this approval is not accepted."
    remedy = "A person runs `sentinel approve` again and reads the plan that is shown now."


class ApprovalRefusedError(RefusedError):
    problem = "Not confirmed: only the exact phrase {phrase} approves."
    remedy = "Nothing was deployed. Make the request again."


class NoTerminalError(RefusedError):
    problem = "`sentinel {command}` requires a real terminal, where a person confirms it."
    remedy = "Nothing was changed. Ask a person to run it in a terminal."


class NotConfirmedError(RefusedError):
    problem = "Not confirmed: nothing was changed."
    remedy = "To confirm, a person runs it again and types exactly '{phrase}'."


class ConfirmedOtherError(RefusedError):
    problem = "It changed after it was confirmed: {confirmed} was confirmed, and now it is {found}."
    remedy = "Nothing was changed. A person runs the command again and confirms what it shows now."


class ChannelClosedError(RefusedError):
    problem = "The policy does not accept an approval by {channel}."
    remedy = "Approve by one of: {channels}."


class NotTrustedError(RefusedError):
    problem = "Nothing was trusted."
    remedy = "A person reads all of it and runs `sentinel trust` again."


class SignatureRequiredError(RefusedError):
    problem = "The policy requires signed approvals (`approvers`): on no channel is the phrase enough."
    remedy = "A person whose key is in the approvers' file runs `sentinel approve` in a terminal."


class SignatureUnaskedError(RefusedError):
    problem = "The approval is signed, but the policy names no approvers."
    remedy = "A person runs `sentinel approve` again. `[production.approval] approvers` makes signatures required."


class SignatureMalformedError(RefusedError):
    problem = "The signature cannot be read: {detail}."
    remedy = "A person runs `sentinel approve` again: ssh-keygen makes a new one."


class SignatureWrongError(RefusedError):
    problem = "The signature does not match this plan: {detail}."
    remedy = "A person runs `sentinel approve` again and signs the plan that is shown now."


class UnknownApproverError(RefusedError):
    problem = "The key {fingerprint} may not approve: {detail}."
    remedy = "Sign with a key that {file} on the daemon's machine names and that is valid now."


class AmbiguousApproverError(RefusedError):
    problem = "The key {fingerprint} is not listed under exactly one name: {file} has {names}."
    remedy = "List each key there under one plain name. Certificates and patterns do not say who signed."


class NobodyTouchedError(RefusedError):
    problem = "The hardware key {fingerprint} signed without a touch."
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
        "Nothing was decided. Make it a file in ssh's allowed_signers format that only the daemon's user can write."
    )


class NoApprovalKeyError(SentinelError):
    problem = "No key of yours may approve: {detail}."
    remedy = "Name a key with `--key`, or load it with `ssh-add`. The daemon's approvers' file must list it."


class SigningFailedError(SentinelError):
    problem = "The plan was not signed: {detail}."
    remedy = "Nothing was decided. A person runs `sentinel approve` again."


class ApproversChangedError(RefusedError):
    problem = "The approvers' file {file} has changed since it was trusted."
    remedy = "A person runs `sentinel trust` and reads who may approve now."


class PasskeyMalformedError(RefusedError):
    problem = "The browser's answer for the passkey cannot be read: {detail}."
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
    remedy = "Nothing was changed. `sentinel trust` shows a person who may approve."


class SignInExpiredError(RefusedError):
    problem = "This sign-in has expired or was used already."
    remedy = "Load the page again and use the passkey once more."
