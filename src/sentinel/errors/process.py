"""What can be wrong with running a command."""

from sentinel.errors import SentinelError


class OrderNotWrittenError(SentinelError):
    problem = "The command could not be prepared: {reason}."
    remedy = "Make room in SENTINEL_HOME and try again; nothing was started."


class SupervisorNotStartedError(SentinelError):
    problem = "The supervisor process of a command did not start: {reason}."
    remedy = "Mend that and try again; the command was not started."


class PinnedPathReplacedError(SentinelError):
    problem = "{path} is not where it was checked out any more: {reason}."
    remedy = "See what `[build] setup` and earlier commands do at that place; they must leave it alone."


class UntrustedScriptsError(SentinelError):
    problem = "The scripts at commit {commit} are not those that were trusted."
    remedy = "A person reads them and runs `sentinel trust`; then prepare the release again."


class EnvironmentFileError(SentinelError):
    problem = "{file}, line {line}: {fault}."
    remedy = "Write lines of the form NAME=value."


class EnvironmentFileMissingError(SentinelError):
    problem = "{file}, which the policy names as env_file, cannot be read: {reason}."
    remedy = "Create it, readable for the daemon, or take it out of the policy."
