"""The tags of a repository as versions: which are released, which are taken, and whether their form is understood."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sentinel.core.candidate.version import Published
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import NUMBER, Version
from sentinel.errors.version import ForeignTagsError, UnreadTagsError

_RELEASE = re.compile(rf"({NUMBER})\.({NUMBER})(?:\.({NUMBER}))?")
_PRE_RELEASE = re.compile(
    rf"({NUMBER})\.({NUMBER})(?:\.({NUMBER}))?(?:-|[.]?(?:rc|alpha|beta|a|b|pre|preview|dev)[.-]?\d*$).*"
)
_LIKE = re.compile(r"(?P<prefix>(?:.*[^0-9.])?)(?P<numbers>[0-9]+(?:\.[0-9]+){1,4})(?P<tail>[-+.]?[A-Za-z].*)?")
PLAIN_PREFIXES = ("v", "", "V", "release-", "release/", "version-", "r", "rel-")
"""Prefixes that stand for the repository as a whole; tags with others belong to one of several packages."""


@dataclass(frozen=True, slots=True)
class TagNames:
    """Every known tag of a repository; the release branch contains the commits of `contained`.

    `own` are those that only the daemon's mirror has, `unpushed` those of `elsewhere` that the remote does not have.
    """

    contained: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    unpushed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Production:
    """What Sentinel published: every version, those that production runs or ran, and the one that it runs now."""

    retired: frozenset[Version] = frozenset()
    archived: frozenset[Version] = frozenset()
    running: Version | None = None

    def gave_up(self, version: Version) -> bool:
        """Whether it was published and production does not run it: it was rolled back, or never reached production."""
        if version not in self.retired or version in self.archived:
            return False
        return self.running is None or version > self.running


@dataclass(frozen=True, slots=True)
class ReleaseTags:
    """`newest_tag` is that of `published.newest`; `leftover` are tags of candidates that were never published."""

    published: Published = field(default_factory=Published)
    newest_tag: str | None = None
    leftover: tuple[str, ...] = ()


NOTHING_PUBLISHED = Production()


class _Form(NamedTuple):
    prefix: str
    numbers: str


def version_of_tag(tag: str, prefix: str) -> Version | None:
    """The version of a release tag with this prefix; `v4.3` is 4.3.0. None for every other tag."""
    if not tag.startswith(prefix):
        return None
    match = _RELEASE.fullmatch(tag[len(prefix) :])
    return _version(match) if match else None


def pre_release_of_tag(tag: str, prefix: str) -> Version | None:
    """The version that a pre-release's tag comes before; None for every other tag."""
    if not tag.startswith(prefix):
        return None
    match = _PRE_RELEASE.fullmatch(tag[len(prefix) :])
    return _version(match) if match else None


def _version(match: re.Match[str]) -> Version:
    return Version(*(int(number or 0) for number in match.groups()))


def read_tags(names: TagNames, prefix: str, production: Production) -> ReleaseTags:
    """Raises ForeignTagsError or UnreadTagsError if tags look like versions and none has the form of `prefix`."""
    contained, leftover = _versions(names.contained, prefix), []
    elsewhere = _versions(names.elsewhere, prefix)
    for versions in (contained, elsewhere):
        for version, tag in tuple(versions.items()):
            if tag in names.own and version not in production.retired:
                leftover.append(versions.pop(version))
    if not (contained or elsewhere or production.retired):
        _require_understood(names, prefix, leftover)
    reached = {version: tag for version, tag in contained.items() if not production.gave_up(version)}
    pushed = {version: tag for version, tag in elsewhere.items() if tag not in names.unpushed}
    known = reached or {version: tag for version, tag in pushed.items() if not production.gave_up(version)}
    newest = max(known, default=None)
    taken = {
        version: tag for version, tag in {**_plain(names, leftover), **elsewhere}.items() if version not in reached
    }
    left = frozenset(v for v in production.retired if production.gave_up(v) and (newest is None or v > newest))
    published = Published(
        newest=newest,
        retired=production.retired,
        taken={version: tag for version, tag in taken.items() if version not in production.retired},
        left=left,
        pre_release=_pre_release(names.contained, prefix, {*contained, *elsewhere}, newest),
    )
    return ReleaseTags(published, known[newest] if newest else None, tuple(leftover))


def _versions(tags: Iterable[str], prefix: str) -> dict[Version, str]:
    """The longest tag of each version, so that `v4.3.0` is preferred to `v4.3`."""
    found: dict[Version, str] = {}
    for tag in sorted(tags, key=len):
        version = version_of_tag(tag, prefix)
        if version is not None:
            found[version] = tag
    return found


def _plain(names: TagNames, leftover: Collection[str]) -> dict[Version, str]:
    """The versions that the repository as a whole was tagged with, in any form."""
    found: dict[Version, str] = {}
    for tag in sorted(names.contained | names.elsewhere):
        form = _form_of(tag)
        if form is not None and form.prefix in PLAIN_PREFIXES and tag not in leftover and tag not in names.own:
            version = version_of_tag(tag, form.prefix)
            if version is not None:
                found.setdefault(version, tag)
    return found


def _pre_release(
    tags: Iterable[str], prefix: str, released: Collection[Version], newest: Version | None
) -> Version | None:
    """The highest version with a pre-release on the branch and without a release."""
    coming = {version for tag in tags if (version := pre_release_of_tag(tag, prefix)) is not None}
    return max((v for v in coming if v not in released and (newest is None or v > newest)), default=None)


def _form_of(tag: str) -> _Form | None:
    match = _LIKE.fullmatch(tag)
    return _Form(match["prefix"], match["numbers"]) if match else None


def common_prefix(names: Iterable[str]) -> str | None:
    """The prefix of most tags that look like versions; None if no tag does."""
    counted = Counter(form.prefix for tag in names if (form := _form_of(tag)) is not None)
    plain = {prefix: count for prefix, count in counted.items() if prefix in PLAIN_PREFIXES}
    chosen = plain or counted
    return max(sorted(chosen), key=lambda prefix: chosen[prefix], default=None)


def _require_understood(names: TagNames, prefix: str, leftover: Collection[str]) -> None:
    tags = [tag for tag in (names.contained or names.elsewhere) if tag not in leftover and tag not in names.own]
    found = common_prefix(tags)
    if found is None:
        return
    newest = max((tag for tag in tags if (form := _form_of(tag)) and form.prefix == found), key=_numbers)
    if version_of_tag(newest, found) is None and found == prefix and pre_release_of_tag(newest, prefix) is None:
        same = f"{prefix}{'.'.join(map(str, (*_numbers(newest), 0)[:3]))}"
        raise UnreadTagsError(tag=printable(newest, limit=80), same=printable(same, limit=80))
    if found != prefix:
        numbers = newest[len(found) :]
        raise ForeignTagsError(
            tag=printable(newest, limit=80),
            prefix=prefix,
            found=printable(found, limit=80),
            same=printable(f"{prefix}{numbers}", limit=80),
        )


def _numbers(tag: str) -> tuple[int, ...]:
    form = _form_of(tag)
    return tuple(int(number[:9]) for number in form.numbers.split(".")) if form else ()
