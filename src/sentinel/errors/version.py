"""What can be wrong with versions and with the changelog that they come from."""

from sentinel.errors import RefusedError, SentinelError


class InvalidVersionError(SentinelError):
    problem = "{text} is not a version such as 1.2.0."
    remedy = "Write it as MAJOR.MINOR.PATCH, without leading zeros or suffixes."


class ChangelogMissingError(RefusedError):
    problem = "The changelog is absent or empty at the candidate commit."
    remedy = "Write CHANGELOG.md in the Keep a Changelog form, with what is new under Unreleased, and commit it."


class ChangelogSizeError(RefusedError):
    problem = "The changelog is larger than {limit} bytes."
    remedy = "Move the entries of old releases to another file."


class ChangelogHeadingError(RefusedError):
    problem = "The changelog has the heading {heading} more than once."
    remedy = "Keep one section for each version, and one that is Unreleased."


class NestingError(RefusedError):
    problem = "The sprint's tasks or the changelog have lists nested in lists too deeply to be read."
    remedy = "Write them as lists of a few levels."


class NothingUnreleasedError(RefusedError):
    problem = "The changelog has no entry that is not released yet."
    remedy = "Write what is new under Unreleased and commit it."


class VersionTooSmallError(RefusedError):
    problem = "A {requested} release is too small: the changelog demands {demanded} ({reason})."
    remedy = 'Call `prepare_release(type="{demanded}")`, or correct the changelog.'


class HeadingVersionError(RefusedError):
    problem = "The changelog's newest heading is {heading}, but a {requested} release after {newest} is {expected}."
    remedy = "Change the heading or the type, so that both name the same version."


class RetiredVersionError(RefusedError):
    problem = "Version {version} was published once and is never used again."
    remedy = "Name a higher version in the changelog's heading."
