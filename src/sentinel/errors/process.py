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


class LinkedPathError(SentinelError):
    problem = "A command names {path}, which leads through the symbolic link {link}."
    remedy = "Name the file by its own path in sentinel.toml: what lies behind a link cannot be pinned."


class TooManyPinnedError(SentinelError):
    problem = "`[trust] also` means {found} files; at most {limit} can be pinned."
    remedy = "Name folders with fewer files: a person reads each of them."


class EnvironmentFileError(SentinelError):
    problem = "{file}, line {line}: {fault}."
    remedy = "Write lines of the form NAME=value."


class EnvironmentFileMissingError(SentinelError):
    problem = "{file}, which the policy names as env_file, cannot be read: {reason}."
    remedy = "Create it, readable for the daemon, or take it out of the policy."
