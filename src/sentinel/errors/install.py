"""What can be wrong with an AI client's configuration file, which `sentinel install` edits and never damages."""

from sentinel.errors import SentinelError


class UnknownClientError(SentinelError):
    problem = "There is no client {client} that Sentinel can set up."
    remedy = "Known are {known}; for another one, `sentinel install claude-code --print` shows what to enter."


class ClientFileBrokenError(SentinelError):
    problem = "{file} is not valid {format}: {detail}. Nothing was written."
    remedy = "Mend that file, then run the command again."


class ClientFileShapeError(SentinelError):
    problem = "In {file}, {key} is not a table of settings. Nothing was written."
    remedy = "Mend that file, then run the command again; `--print` shows what belongs there."


class ClientFileUnusableError(SentinelError):
    problem = "{file} cannot be edited: {reason}. Nothing was written."
    remedy = "See to that, then run the command again; `--print` only prints what to enter."


class ClientFileOutsideError(SentinelError):
    problem = "{file} leads out of the project, to {target}. Nothing was written."
    remedy = "Replace the link by a file, or enter by hand what `--print` shows."


class OwnProgramMissingError(SentinelError):
    problem = "The `sentinel` program is not where an AI client could start it."
    remedy = "Install Sentinel so that `sentinel` is on your PATH, then run the command again."
