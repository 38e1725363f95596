"""What can be wrong with versions and with the changelog that they come from."""

from sentinel.errors import RefusedError, SentinelError


class InvalidVersionError(SentinelError):
    problem = "{text} is not a version such as 1.2.0."
    remedy = "Write it as MAJOR.MINOR.PATCH, without leading zeros or suffixes."


class ChangelogMissingError(RefusedError):
    problem = "The changelog is absent or empty at the candidate commit."
    remedy = 'Write {file} with what is new under "## [Unreleased]", and commit it.'


class ChangelogElsewhereError(RefusedError):
    problem = "The changelog is absent or empty at the candidate commit: there is no {file}, but {other}."
    remedy = 'Write `file = "{other}"` under `[changelog]` in sentinel.toml, or rename the file; commit it.'


class ChangelogSizeError(RefusedError):
    problem = "The changelog is larger than {limit} bytes."
    remedy = "Move the entries of old releases to another file."


class ChangelogHeadingError(RefusedError):
    problem = "The changelog has the heading {heading} more than once: in lines {lines} of {file}."
    remedy = "Move their entries under one of these headings, remove the others and commit it."


class NestingError(RefusedError):
    problem = "The sprint's task lists are nested too deeply."
    remedy = "Use fewer levels of lists."


class NothingUnreleasedError(RefusedError):
    problem = "The changelog has no unreleased entry."
    remedy = 'Write what is new under "## [Unreleased]" in {file}, and commit it.'


class NothingCommittedError(RefusedError):
    problem = "No commit since {base} asks for a release: none of {count} is a feat, fix, perf, refactor or revert."
    remedy = 'Commit what changes under a subject such as "feat: …" or "fix: …".'


class NoFragmentsError(RefusedError):
    problem = "The folder {folder} has no unreleased fragment."
    remedy = "Write one for what changes, as the team's tool names them, and commit it."


class UnreadHeadingsError(RefusedError):
    problem = "The changelog has no unreleased entry, but headings that Sentinel does not understand: {headings}."
    remedy = 'Write "## [Unreleased]" in place of line {first} of {file}, or move its entries there, and commit it.'


class VersionTooSmallError(RefusedError):
    problem = "A {requested} release is too small: the changelog demands {demanded} ({reason})."
    remedy = "{call}, or correct the entry and commit it."


class HeadingVersionError(RefusedError):
    problem = "The changelog's newest heading is {heading}, but a {requested} release after {newest} is {expected}."
    remedy = "{fix}"


class TakenVersionError(RefusedError):
    problem = "The changelog names {version} in line {line} of {file}, and the tag {tag} exists already."
    remedy = 'Write "[{free}]" in that heading, or what is new under "## [Unreleased]" above it, and commit it.'


class RetiredVersionError(RefusedError):
    problem = "Version {version} was published once and is never used again."
    remedy = 'Write "[{free}]" in the heading of line {line} of {file} and commit it.'


class BehindPreReleaseError(RefusedError):
    problem = "A {requested} release would be {version}, which is behind the pre-release of {coming}."
    remedy = 'Call `prepare_release(type="{step}")`: it releases {coming} or a later version.'


class ForeignTagsError(RefusedError):
    problem = 'The repository tags its versions like {tag}, and `[tag] prefix` is "{prefix}".'
    remedy = (
        'Write `prefix = "{found}"` under `[tag]` in sentinel.toml and commit it; a person runs `sentinel trust`. '
        "To begin with another form, tag the newest release in it as well: `git tag {same} {tag}^{{}}`, and push it."
    )


class UnreadTagsError(RefusedError):
    problem = "The tag {tag} is not a semantic version such as 1.2.0, so Sentinel cannot count on from it."
    remedy = "Tag the newest release as one as well: `git tag {same} {tag}^{{}}`, and push that tag."
