"""What can be wrong with `sentinel.toml` and with the trust in it."""

from sentinel.errors import SentinelError


class PolicyMissingError(SentinelError):
    problem = "There is no sentinel.toml in {path}."
    remedy = "Run `sentinel init` at the root of the repository."


class PolicySyntaxError(SentinelError):
    problem = "{file} is not valid TOML: {detail}."
    remedy = "Correct the syntax; `sentinel init --print` shows a valid file."


class PolicyValueError(SentinelError):
    problem = "{file}: {key}: found {found}, expected {expected}."
    remedy = "Correct that key; docs/policy.md describes every one."


class PolicySizeError(SentinelError):
    problem = "{file} is larger than {limit} bytes."
    remedy = "Keep the policy to its keys and comments."


class CalendarError(SentinelError):
    problem = "The calendar {file} of `[production.windows]` is not usable. {problem}."
    remedy = "Correct the file and commit it; a person runs `sentinel trust` again."


class LoginInUrlError(SentinelError):
    problem = "`{key}` contains a login, which would be shown and stored."
    remedy = (
        'Put "user:password" into a secret of daemon.toml, name that secret as `login` beside the url, remove the '
        "login from the url, and commit that."
    )
