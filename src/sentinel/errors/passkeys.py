"""Why a passkey is not accepted. None of these spends the question: it stays open."""

from sentinel.errors import RefusedError, SentinelError


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
