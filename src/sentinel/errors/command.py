"""What can be wrong with the commands of a policy, what they are given, and the files that a build makes."""

from sentinel.errors import RefusedError, SentinelError, TamperingError


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


class UnknownSecretError(RefusedError):
    problem = "The policy names the secret {name}, which this daemon does not have."
    remedy = "A person adds [secrets.{name}] to daemon.toml and starts the daemon again, or takes it out of the policy."


class SecretNotAllowedError(RefusedError):
    problem = "The policy names the secret {name}, which is not for the project {project}."
    remedy = "A person adds {project} to `projects` of [secrets.{name}] in daemon.toml and starts the daemon again."


class SecretUnreadableError(SentinelError):
    problem = "The secret {name} cannot be read: {reason}."
    remedy = "Mend its source, which [secrets.{name}] in daemon.toml names, and try again."


class SecretUnfitError(SentinelError):
    problem = "The secret {name} cannot be used: {reason}."
    remedy = "Replace its value, at the source that [secrets.{name}] in daemon.toml names, and try again."


class NoArtifactError(RefusedError):
    problem = "The build made no file that matches {pattern}."
    remedy = "Correct `build.artifacts`, or the build that should make it."


class UnfitArtifactError(RefusedError):
    problem = "The artifact {name} cannot be kept: {reason}."
    remedy = "Artifacts are regular files inside the checkout; pack folders and links into an archive."


class ArtifactStorageError(RefusedError):
    problem = "The artifacts cannot be stored or handed out: {reason}."
    remedy = "Make room in SENTINEL_HOME and try again."


class TamperedArtifactError(TamperingError):
    problem = "The artifact {name} is not what was built: {fault}."
    remedy = "Abandon the release and prepare it again; a person looks into who changed the file."


class ForeignRevisionError(TamperingError):
    problem = (
        "The artifact {name} says that it was built from commit {found} ({place} names it), and the tag is commit "
        "{expected}."
    )
    remedy = (
        "Let the build embed the commit that it builds, or nothing; then prepare again. Where the commit is that of "
        'something bundled, `[build] revision = "off"` has artifacts say nothing.'
    )
