"""What can be wrong with the commands of a policy, what they are given, and the files that a build makes."""

from sentinel.errors import RefusedError, SentinelError, TamperingError


class OrderNotWrittenError(SentinelError):
    problem = "The command could not be prepared: {reason}."
    remedy = "Nothing was started. Make room in SENTINEL_HOME and try again."


class SupervisorNotStartedError(SentinelError):
    problem = "The supervisor process of a command did not start: {reason}."
    remedy = "The command was not started. Correct that and try again."


class PinnedPathReplacedError(SentinelError):
    problem = "The pinned file {path} cannot be put into the checkout: {reason}."
    remedy = "Check what `[build] setup` and earlier commands do to that path: they must not change it."


class UntrustedScriptsError(SentinelError):
    problem = "The scripts at commit {commit} are not the trusted ones."
    remedy = "A person reads them and runs `sentinel trust`; then prepare the release again."


class LinkedPathError(SentinelError):
    problem = "A command names {path}, which leads through the symbolic link {link}."
    remedy = "Name the file by its own path in sentinel.toml: what lies behind a link cannot be pinned."


class TooManyPinnedError(SentinelError):
    problem = "`[trust] also` matches {found} files; at most {limit} can be pinned."
    remedy = "Name folders with fewer files: a person reads each of them."


class EnvironmentFileError(SentinelError):
    problem = "{file}, line {line}: {fault}."
    remedy = "Write lines of the form NAME=value."


class EnvironmentFileMissingError(SentinelError):
    problem = "{file}, which the policy names as env_file, cannot be read: {reason}."
    remedy = "Create it so that the daemon can read it, or remove it from the policy."


class UnknownSecretError(RefusedError):
    problem = "The policy names the secret {name}, which this daemon does not have."
    remedy = "A person adds [secrets.{name}] to daemon.toml and restarts the daemon, or removes it from the policy."


class SecretNotAllowedError(RefusedError):
    problem = "The policy names the secret {name}, which the project {project} may not use."
    remedy = "A person adds {project} to `projects` of [secrets.{name}] in daemon.toml and restarts the daemon."


class SecretUnreadableError(SentinelError):
    problem = "The secret {name} cannot be read: {reason}."
    remedy = "Correct its source, which [secrets.{name}] in daemon.toml names, and try again."


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
    remedy = "Find out who changed the file, then abandon the release and prepare it again."


class ForeignRevisionError(TamperingError):
    problem = (
        "The artifact {name} names commit {found} as its source ({place} names it), but the tag is commit {expected}."
    )
    remedy = (
        "Let the build embed the commit that it builds, or none; then prepare again. If the commit belongs to "
        'something bundled, set `[build] revision = "off"`.'
    )
