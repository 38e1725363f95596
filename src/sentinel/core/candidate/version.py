"""The version of the next release: the newest release, and what the changelog requires since then."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sentinel.core.candidate.changelog import (
    Changelog,
    Entry,
    Key,
    Section,
    count_entries,
    parse_changelog,
    past_entries,
)
from sentinel.core.candidate.changelog_text import Kind
from sentinel.core.policy.changelog_categories import demand_of, demand_under, normal
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import FIRST, STABLE, Bump, Version
from sentinel.errors.version import (
    BehindPreReleaseError,
    ChangelogHeadingError,
    HeadingVersionError,
    NothingUnreleasedError,
    RetiredVersionError,
    TakenVersionError,
    UnreadHeadingsError,
    VersionTooSmallError,
)

_PREFIX = re.compile(r"\[([^\[\]:]{2,30})\]|([^\W\d][\w -]{1,29}?)(?:\([^()]{0,60}\))?:(?=\s)")
FIRST_YEAR = 17
"""A first number from here on may be a year, with two digits or four; then the heading says the next version."""
_NO_WORDS: Mapping[str, Bump] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """The existing versions that matter for the next one.

    `newest` is the newest that the release branch contains and production did not leave, `retired` are all that were
    ever pushed, `taken` has the tag of every other version, `left` are those above `newest` that were rolled back or
    never reached production, and `pre_release` is the version of the newest pre-release that the branch contains.
    """

    newest: Version | None = None
    retired: frozenset[Version] = frozenset()
    taken: Mapping[Version, str] = field(default_factory=dict)
    left: frozenset[Version] = frozenset()
    pre_release: Version | None = None

    def is_free(self, version: Version) -> bool:
        return version not in self.retired and version not in self.taken and version not in self.left

    def free(self, version: Version, bump: Bump) -> Version:
        """`version`, or the next one of the same type that nobody has."""
        while not self.is_free(version):
            version = version.bumped(bump)
        return version


@dataclass(frozen=True, slots=True)
class Planned:
    """The next version, the entries that it releases, and which rule decided."""

    version: Version
    entries: tuple[Entry, ...]
    reason: str

    def __str__(self) -> str:
        return str(self.version)


@dataclass(frozen=True, slots=True)
class Demand:
    """What an entry requires, and why: by its heading or by its label."""

    bump: Bump
    entry: Entry
    why: str

    def __str__(self) -> str:
        return f'{printable(self.entry.place, limit=80)}, "{printable(self.entry.text, limit=60)}", {self.why}'


@dataclass(frozen=True, slots=True)
class _Fresh:
    """The entries to release: `heading` names the version, and `start` is what the next one is counted from."""

    entries: tuple[Entry, ...]
    heading: Section | None
    start: Version | None


def plan_version(
    *,
    requested: Bump,
    changelog: str,
    newest: Version | None,
    changelog_at_newest: str | None,
    retired: frozenset[Version],
    beside: Published = Published(),
    words: Mapping[str, Bump] = _NO_WORDS,
    file: str = "CHANGELOG.md",
) -> Planned:
    """The version of the next release; `changelog_at_newest` is the changelog at the tag of
    `newest`, and `beside` is what else exists.

    `words` are a team's own categories. Raises what is wrong with the changelog, NothingUnreleasedError,
    UnreadHeadingsError, VersionTooSmallError, HeadingVersionError, TakenVersionError, RetiredVersionError or
    BehindPreReleaseError.
    """
    published = replace(beside, newest=newest, retired=retired)
    now = parse_changelog(changelog, file=file, words=words)
    past = past_entries(changelog_at_newest or "", words=words)
    fresh = _fresh(now, past, published, file)
    return _number(requested, fresh, published, _demanded(fresh.entries, words), file)


def plan_entries(
    *,
    requested: Bump,
    entries: Sequence[Entry],
    past: Counter[Key],
    published: Published,
    words: Mapping[str, Bump] = _NO_WORDS,
) -> Planned | None:
    """The same for entries without a heading, such as commits; None if none of them is new."""
    counted = Counter(entry.key for entry in entries)
    new = tuple(entry for entry in entries if counted[entry.key] > past[entry.key])
    if not new:
        return None
    start = max((published.newest, *published.left), key=_order)
    return _number(requested, _Fresh(new, None, start), published, _demanded(new, words), "")


def _fresh(now: Changelog, past: Counter[Key], known: Published, file: str) -> _Fresh:
    """The entries that are unreleased or under a heading above the newest release, and not in the changelog there.

    An entry that stands there is new if it now stands more often, as "Update dependencies" does.
    """
    counted = count_entries(now.sections)
    found = [(section, _new(section, counted, past)) for section in now.sections if _is_open(section, known)]
    found = [(section, new) for section, new in found if new]
    start = max((known.newest, *known.left), key=_order, default=None)
    history = [section for index, (section, _) in enumerate(found) if index and _is_gone(section, known)]
    if history:
        start = max((start, *map(_version_of, history)), key=_order)
        found = [(section, new) for section, new in found if section not in history]
    if not found:
        raise _nothing(now, past, file)
    _require_once(found, file)
    named = [section for section, _ in found if section.version and _version_of(section) not in known.left]
    heading = max(named, key=_version_of, default=None)
    return _Fresh(tuple(entry for _, new in found for entry in new), heading, start)


def _order(version: Version | None) -> tuple[int, int, int]:
    return (version.major, version.minor, version.patch) if version else (-1, 0, 0)


def _version_of(section: Section) -> Version:
    return Version.parse(section.version)


def _is_open(section: Section, known: Published) -> bool:
    return not section.version or known.newest is None or _version_of(section) > known.newest


def _is_gone(section: Section, known: Published) -> bool:
    """Whether it records a version that was released elsewhere, below what is new here."""
    return bool(section.version) and _version_of(section) in known.taken


def _new(section: Section, counted: Counter[Key], past: Counter[Key]) -> tuple[Entry, ...]:
    if not past:
        return section.entries
    return tuple(entry for entry in section.entries if counted[entry[:2]] > past[entry[:2]])


def _require_once(found: Sequence[tuple[Section, tuple[Entry, ...]]], file: str) -> None:
    lines: dict[str, list[int]] = defaultdict(list)
    for section, _ in found:
        lines[section.version].append(section.line)
    for version, places in lines.items():
        if len(places) > 1:
            listed = f"{', '.join(map(str, places[:-1]))} and {places[-1]}"
            raise ChangelogHeadingError(file=file, heading=version or "Unreleased", lines=listed)


def _nothing(now: Changelog, past: Counter[Key], file: str) -> NothingUnreleasedError | UnreadHeadingsError:
    """Nothing to release; names headings that are not read, if entries stand under them."""
    unread = list(_unread(now, past))
    if not unread:
        return NothingUnreleasedError(file=file)
    return UnreadHeadingsError(
        file=file,
        headings="; ".join(f'line {one.line}, "{printable(one.heading, limit=60)}": {_why(one)}' for one in unread[:3]),
        first=unread[0].line,
    )


def _unread(now: Changelog, past: Counter[Key]) -> Iterable[Section]:
    """Sections above the newest version of the file with new entries under a heading that is not read."""
    counted = count_entries(now.all_sections)
    for index, section in enumerate(now.all_sections):
        if section.title.kind is Kind.VERSION:
            return
        if not section.is_read and (index or section.title.kind is not Kind.OTHER) and _new(section, counted, past):
            yield section


def _why(section: Section) -> str:
    return section.title.why or "it names neither a version nor what is unreleased"


def _demanded(entries: tuple[Entry, ...], words: Mapping[str, Bump]) -> Demand:
    """The largest bump that an entry requires, with the first entry that does."""
    largest = next((entry for entry in entries if entry.breaking), None)
    if largest is not None:
        return Demand(Bump.MAJOR, largest, "is labelled as breaking")
    found = Demand(Bump.PATCH, entries[0], "stands under no category")
    by_headings: dict[tuple[str, ...], tuple[Bump, str] | None] = {}
    first = True
    for entry in entries:
        if entry.headings not in by_headings:
            by_headings[entry.headings] = demand_under(entry.headings, words)
        under = by_headings[entry.headings]
        bump, why = under or _by_prefix(entry.text, words) or (Bump.PATCH, "")
        if bump.rank > found.bump.rank or (first and why):
            verb = "stands under" if under else "begins with"
            found = Demand(bump, entry, f"{verb} {printable(why, limit=40)}")
        first = False
    return found


def _by_prefix(text: str, words: Mapping[str, Bump]) -> tuple[Bump, str] | None:
    """What an entry without a category requires by its first word: a breaking change, or a team's own word."""
    prefix = _PREFIX.match(text)
    if prefix is None:
        return None
    own = normal(prefix[1] or prefix[2])
    bump = words.get(own) or demand_of(own)
    return (bump or Bump.PATCH, own) if own in words or bump is Bump.MAJOR else None


def _number(requested: Bump, fresh: _Fresh, known: Published, demand: Demand, file: str) -> Planned:
    """The version of the requested type, checked against the heading and what the entries require."""
    below_one = known.newest is not None and known.newest < STABLE
    demanded = demand.bump.dropped if below_one else demand.bump
    if fresh.start is None:
        return _first(requested, fresh, known, demand, file)
    following = fresh.start.bumped(requested)
    expected = _past_pre_release(requested, fresh.start, known.free(following, requested), known)
    given = known.newest.step_to(expected) if known.newest else requested
    if max(requested.rank, given.rank) < demanded.rank:
        raise _too_small(requested, demanded, demand, fresh, known, file)
    version = expected
    if fresh.heading is not None:
        version = _version_of(fresh.heading)
        _require_free(fresh.heading, version, known.free(following, requested), known, file)
        fits = version in (following, expected) or _is_later_date(fresh.start, version, requested)
        if not fits and not _follows_elsewhere(version, requested, fresh, known):
            raise _other_heading(requested, demanded, fresh, known, expected, file)
    return Planned(version, fresh.entries, _reason(fresh, known, demand, following, version))


def _is_later_date(start: Version, version: Version, requested: Bump) -> bool:
    """Whether versions are dates, which may skip numbers: 25.1.0 after 24.10.0, 2026.5.0 after 2026.3.1."""
    return start.major >= FIRST_YEAR and version > start and start.step_to(version) is requested


def _follows_elsewhere(version: Version, requested: Bump, fresh: _Fresh, known: Published) -> bool:
    """Whether the type fits what the branch contains if the changelog records releases from elsewhere since."""
    start = fresh.start
    if known.newest is None or start is None or start == known.newest:
        return False
    return known.newest.step_to(version) is requested and any(version == start.bumped(bump) for bump in Bump)


def _first(requested: Bump, fresh: _Fresh, known: Published, demand: Demand, file: str) -> Planned:
    """The first version: the heading's, or the lowest free one."""
    heading = fresh.heading
    expected = known.free(max((FIRST, known.pre_release), key=_order) or FIRST, requested)
    version = _version_of(heading) if heading else expected
    if heading is not None:
        _require_free(heading, version, known.free(version, requested), known, file)
    return Planned(version, fresh.entries, _reason(fresh, known, demand, version, version))


def _past_pre_release(requested: Bump, start: Version, version: Version, known: Published) -> Version:
    """Never below a pre-release of the branch: if that is of the requested type, its version comes next."""
    coming = known.pre_release
    if coming is None or version >= coming or coming <= start:
        return version
    step = start.step_to(coming)
    if step is not requested:
        raise BehindPreReleaseError(requested=requested, version=version, coming=coming, step=step)
    return known.free(coming, requested)


def _require_free(heading: Section, version: Version, free: Version, known: Published, file: str) -> None:
    if version in known.taken:
        raise TakenVersionError(
            file=file, line=heading.line, version=version, tag=printable(known.taken[version], limit=80), free=free
        )
    if version in known.retired:
        raise RetiredVersionError(file=file, line=heading.line, version=version, free=free)


def _too_small(
    requested: Bump, demanded: Bump, demand: Demand, fresh: _Fresh, known: Published, file: str
) -> VersionTooSmallError:
    """The advice names a type that fits, and the heading that it needs."""
    start = fresh.start or FIRST
    larger = known.free(start.bumped(demanded), demanded)
    call = f'Call `prepare_release(type="{demanded}")`'
    heading = fresh.heading
    if heading is not None and _version_of(heading) not in (start.bumped(demanded), larger):
        call = (
            f'Write "[{larger}]" in the heading of line {heading.line} of {file}, commit it and '
            f'call `prepare_release(type="{demanded}")`'
        )
    return VersionTooSmallError(requested=requested, demanded=demanded, reason=demand, call=call)


def _other_heading(
    requested: Bump, demanded: Bump, fresh: _Fresh, known: Published, expected: Version, file: str
) -> HeadingVersionError:
    """The advice is the type that the heading names, if that is large enough."""
    start, heading = fresh.start or FIRST, fresh.heading
    if heading is None:
        raise NothingUnreleasedError(file=file)
    version = _version_of(heading)
    behind = known.pre_release is not None and version < known.pre_release
    fits = [
        bump
        for bump in Bump
        if version in (start.bumped(bump), known.free(start.bumped(bump), bump))
        and bump.rank >= demanded.rank
        and not behind
    ]
    rename = f'write "[{expected}]" in the heading of line {heading.line} of {file} and commit it'
    fix = f'Call `prepare_release(type="{fits[0]}")`, or {rename}.' if fits else f"{rename[0].upper()}{rename[1:]}."
    return HeadingVersionError(
        heading=version,
        requested=requested,
        newest=start,
        expected=expected,
        fix=fix,
    )


def _reason(fresh: _Fresh, known: Published, demand: Demand, following: Version, version: Version) -> str:
    """Which rule decided, and which entry required it."""
    said = [f"The new entries require {demand.bump} ({demand})"]
    if known.newest is not None and known.newest < STABLE and demand.bump is not demand.bump.dropped:
        said.append(f"below 1.0.0 that is {demand.bump.dropped}")
    if fresh.heading is not None:
        said.append(f"the heading of line {fresh.heading.line} names {version}")
    skipped = [tag for taken, tag in sorted(known.taken.items()) if following <= taken < version]
    if skipped and fresh.heading is None:
        said.append(f"the tag {printable(skipped[0], limit=80)} exists already")
    if known.left:
        said.append(_released_again(known.left))
    return f"{'; '.join(said)}."


def _released_again(left: Iterable[Version]) -> str:
    *others, last = map(str, sorted(left))
    if not others:
        return f"{last} was published and production does not run it, so its entries are released again"
    names = f"{', '.join(others)} and {last}"
    return f"{names} were published and production does not run them, so their entries are released again"
