"""What can be wrong with the secrets that a policy names; none of these sentences quotes a value."""

from sentinel.errors import RefusedError, SentinelError


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
