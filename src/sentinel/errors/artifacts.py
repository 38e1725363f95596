"""What can be wrong with the files that a build makes."""

from sentinel.errors import RefusedError
from sentinel.errors.tampering import TamperingError


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
