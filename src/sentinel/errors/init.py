"""What can keep `sentinel init` from writing; it never overwrites, and never leaves half of its files behind."""

from sentinel.errors import SentinelError


class PolicyExistsError(SentinelError):
    problem = "{file} is there already, and is never overwritten."
    remedy = "Edit it. To start afresh, move it away first, and take over its `[project] id`: the release state has it."


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
    remedy = "See to that, then run `sentinel init` again."
