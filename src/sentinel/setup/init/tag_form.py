"""The form of a repository's release tags: what stands before the version."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from sentinel.core.candidate.version_tags import NOTHING_PUBLISHED, TagNames, common_prefix, read_tags
from sentinel.core.policy.values import TagPrefix
from sentinel.errors.version import ForeignTagsError, UnreadTagsError
from sentinel.setup.init.repository import Repository

DEFAULT = "v"
_PREFIX: TypeAdapter[str] = TypeAdapter(TagPrefix)


@dataclass(frozen=True, slots=True)
class TagForm:
    """`note` says what keeps the tags from being counted on from, if anything does."""

    prefix: str = DEFAULT
    note: str = ""


def find_tag_form(repository: Repository) -> TagForm:
    """The form of most of the branch's tags, or else of all tags."""
    found = common_prefix(repository.contained)
    if found is None:
        found = common_prefix(repository.tags)
    prefix = DEFAULT if found is None else found
    elsewhere = frozenset(repository.tags) - frozenset(repository.contained)
    try:
        _PREFIX.validate_python(prefix)
        read_tags(TagNames(frozenset(repository.contained), elsewhere), prefix, NOTHING_PUBLISHED)
    except ValidationError:
        return TagForm(note="`[tag] prefix` cannot have the form of the release tags, so new ones begin with v.")
    except (ForeignTagsError, UnreadTagsError) as error:
        return TagForm(prefix, f"{error.what} {error.fix}")
    return TagForm(prefix)
