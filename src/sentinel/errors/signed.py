"""Why a signature does not approve. None of these spends the question: it stays open."""

from sentinel.errors import RefusedError, SentinelError


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
