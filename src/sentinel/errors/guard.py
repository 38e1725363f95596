"""What the guard does not let an agent run, and what keeps it from being installed."""

from sentinel.errors import RefusedError, SentinelError


class CommandOutsideSentinelError(RefusedError):
    problem = "The guard does not let this run. {reason}"
    remedy = "{instead}"


class HookInputBrokenError(SentinelError):
    problem = "The guard cannot read what the AI client says of the command: {detail}."
    remedy = "Without that nothing runs; a person may update Sentinel, or take the hook out of the client's settings."


class GuardFailedError(SentinelError):
    problem = "The guard cannot tell whether this may run: {detail}."
    remedy = "Without that nothing runs; a person may look at it, or take the hook out of the client's settings."


class UnknownGuardError(SentinelError):
    problem = "There is no {client} that the guard can be installed for."
    remedy = "Known are {known}."


class HooksElsewhereError(SentinelError):
    problem = "git's settings have it look for hooks in {folder}, which is not this repository's. Nothing was written."
    remedy = "Let the pre-push hook there call `{command}`, with what it reads from stdin."


class HookTakenError(SentinelError):
    problem = "{file} is there already and does not call the guard. Nothing was written."
    remedy = "Let that hook call `{command}`, with what it reads from stdin, and end with status 1 where that fails."
