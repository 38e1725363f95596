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
    remedy = "It must be readable by the daemon's user alone and open without a passphrase."


class SocketPathTooLongError(SentinelError):
    problem = "The path of the gpg agent's socket, {path}, is longer than {limit} bytes."
    remedy = "Set SENTINEL_HOME to a shorter path, or use ssh signatures."
