"""What keeps Sentinel from being set up in a repository or an AI client, and the demo from playing."""

from sentinel.errors import RefusedError, SentinelError


class PolicyExistsError(SentinelError):
    problem = "{file} already exists and is never overwritten."
    remedy = "Edit it. To start over, move it away and keep its `[project] id`: the release state belongs to that id."


class NoBranchCheckedOutError(SentinelError):
    problem = "The working copy of {path} is on no branch, so it does not say which one releases are cut from."
    remedy = "Run `git switch BRANCH` with that branch, then `sentinel init` again."


class UnfitBranchError(SentinelError):
    problem = "sentinel.toml cannot name the branch {branch}: it is too long, or has characters that are not text."
    remedy = "Run `git branch -m NAME` with a plainer name, then `sentinel init` again."


class PathInTheWayError(SentinelError):
    problem = "{path} is {kind}, where a release needs {needed}. Nothing was written."
    remedy = "Move it away, then run `sentinel init` again; `--print` only prints sentinel.toml."


class RepositoryUnusableError(SentinelError):
    problem = "{path} cannot be {used}: {reason}. Nothing was written."
    remedy = "Correct that, then run `sentinel init` again."


class UnknownClientError(SentinelError):
    problem = "Sentinel cannot set up the client {client}."
    remedy = "It sets up {known}; for another client, `sentinel install claude-code --print` shows what to enter."


class ClientFileBrokenError(SentinelError):
    problem = "{file} is not valid {format}: {detail}. Nothing was written."
    remedy = "Correct that file, then run the command again."


class ClientFileShapeError(SentinelError):
    problem = "In {file}, {key} is not a table of settings. Nothing was written."
    remedy = "Correct that file, then run the command again; `--print` shows what belongs there."


class ClientFileUnusableError(SentinelError):
    problem = "{file} cannot be edited: {reason}. Nothing was written."
    remedy = "Correct that, then run the command again; `--print` only prints what to enter."


class ClientFileOutsideError(SentinelError):
    problem = "{file} leads out of the project, to {target}. Nothing was written."
    remedy = "Replace the link with a file, or enter by hand what `--print` shows."


class OwnProgramMissingError(SentinelError):
    problem = "The `sentinel` program is not where an AI client could start it."
    remedy = "Install Sentinel so that `sentinel` is on your PATH, then run the command again."


class CommandOutsideSentinelError(RefusedError):
    problem = "The guard does not let this run. {reason}"
    remedy = "{instead}"


class HookInputBrokenError(SentinelError):
    problem = "The guard cannot read the AI client's message about the command: {detail}."
    remedy = "Nothing was run. A person updates Sentinel, or removes the hook from the client's settings."


class GuardFailedError(SentinelError):
    problem = "The guard cannot tell whether this may run: {detail}."
    remedy = "Nothing was run. A person looks into it, or removes the hook from the client's settings."


class UnknownGuardError(SentinelError):
    problem = "The guard cannot be installed for {client}."
    remedy = "It can be installed for {known}."


class HooksElsewhereError(SentinelError):
    problem = "git's settings have it look for hooks in {folder}, which is not this repository's. Nothing was written."
    remedy = "Let the pre-push hook there call `{command}`, with what it reads from stdin."


class HookTakenError(SentinelError):
    problem = "{file} already exists and does not call the guard. Nothing was written."
    remedy = "Let that hook call `{command}`, with what it reads from stdin, and end with status 1 where that fails."


class DemoFailedError(SentinelError):
    problem = "The demo failed in scene {scene}: expected {expected}, found {found}."
    remedy = "Run `sentinel demo --keep`; the folder that it keeps holds the daemon's log and those of the scripts."
    exit_code = 1


class DemoProgramMissingError(SentinelError):
    problem = "The demo needs the program {program}, which is not on PATH."
    remedy = "Install it, then run `sentinel demo` again."


class DemoLeftoverError(SentinelError):
    problem = "The demo left something behind that should have ended by itself: {left}."
    remedy = "Sentinel ended it. Please report it."
    exit_code = 1


class DemoSampleError(SentinelError):
    problem = "The demo's sample is not the one that it was written for: {file} does not contain {text}."
    remedy = "Install Sentinel again, or undo the changes to the sample."
