"""What can be wrong with the key that signs release tags."""

from sentinel.errors import SentinelError


class ProgramMissingError(SentinelError):
    problem = "The program {program} was not found."
    remedy = "Install {package}, or choose the other `[tag] format`."


class SigningKeyMissingError(SentinelError):
    problem = "There is no signing key {key}."
    remedy = 'Correct `[tag] key`; with "" Sentinel makes a key of its own.'


class SigningKeyAmbiguousError(SentinelError):
    problem = "{key} names more than one signing key."
    remedy = "Write the full fingerprint in `[tag] key`."


class SigningKeyUnusableError(SentinelError):
    problem = "The signing key {key} cannot be used: {detail}."
    remedy = (
        "Sentinel signs without anybody who could type: the daemon's user alone can read the key, and it has no "
        "passphrase, or an ssh agent that the daemon reaches holds it and `[tag] key` names its `.pub` file."
    )


class GpgSocketPathTooLongError(SentinelError):
    problem = "The path of the gpg agent's socket, {path}, is longer than {limit} bytes."
    remedy = "Set SENTINEL_HOME to a shorter path, or use ssh signatures."


class SigningKeyRefusedError(SentinelError):
    problem = "The signing key {key} cannot sign: {reason}."
    remedy = "Mend that, or name another key in `[tag] key`; `sentinel doctor` tries it."


class SigningKeyExpiresError(SentinelError):
    problem = "The signing key {key} expires on {at}, before a release prepared now could be approved."
    remedy = "A person extends it, as with `gpg --quick-set-expire {key} 1y`, or names another key in `[tag] key`."
