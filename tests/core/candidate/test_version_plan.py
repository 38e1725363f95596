"""The next version: the newest tag, and what the changelog demands since then."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sentinel.core.candidate.changelog import SIZE_LIMIT
from sentinel.core.candidate.version import FIRST_YEAR, plan_version
from sentinel.core.values.semver import Bump, Version
from sentinel.errors.version import (
    ChangelogHeadingError,
    ChangelogMissingError,
    ChangelogSizeError,
    HeadingVersionError,
    NothingUnreleasedError,
    RetiredVersionError,
    VersionTooSmallError,
)
from tests.core.changelogs import HEADER, plan, section, unreleased

TYPES = ("patch", "minor", "major")
AFTER_1_1_0 = {"patch": "1.1.1", "minor": "1.2.0", "major": "2.0.0"}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(("requested", "heading"), AFTER_1_1_0.items())
def test_a_heading_names_the_version_and_must_equal_what_the_type_gives(requested: str, heading: str) -> None:
    changelog = HEADER + section(f"[{heading}] - 2030-05-01", ("Fixed", "It")) + section("[1.1.0]", ("Added", "Old"))
    assert plan(changelog, requested) == heading
    for other in set(TYPES) - {requested}:
        with pytest.raises(HeadingVersionError) as caught:
            plan(changelog, other)
        assert caught.value.what == (
            f"The changelog's newest heading is {heading}, but a {other} release after 1.1.0 is {AFTER_1_1_0[other]}."
        )


def test_the_highest_heading_counts_wherever_it_stands() -> None:
    changelog = section("[1.0.5]", ("Fixed", "Old")) + section("[1.2.0]", ("Added", "It")) + section("[1.1.0]")
    assert plan(changelog, "minor") == "1.2.0"


def test_a_heading_at_or_below_the_newest_tag_names_nothing() -> None:
    released = section("[1.1.0]", ("Added", "Old")) + section("[1.0.0]", ("Added", "Older"))
    assert plan(unreleased(("Fixed", "It"), released=released), "patch") == "1.1.1"


def test_what_is_unreleased_above_a_named_version_counts_too() -> None:
    released = section("[1.1.1]", ("Fixed", "It"))
    with pytest.raises(VersionTooSmallError, match="stands under Added"):
        plan(unreleased(("Added", "That"), released=released), "patch")


NOTHING = {
    "an empty section": unreleased(),
    "no section": HEADER,
    "categories alone": HEADER + "\n## [Unreleased]\n### Added\n### Fixed\n",
    "empty items": HEADER + "\n## [Unreleased]\n### Added\n-\n- <!-- x -->\n",
    "a new entry in an old section": HEADER + section("[1.1.0]", ("Added", "Slipped in")),
}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("changelog", NOTHING.values(), ids=NOTHING)
def test_nothing_unreleased_is_refused(changelog: str) -> None:
    with pytest.raises(NothingUnreleasedError):
        plan(changelog)


ADDED = ("Added", "A cart")
FIXED = ("Fixed", "Prices")
PAST = {
    "nothing has changed": (unreleased(ADDED), unreleased(ADDED), None),
    "the released entries got their heading": (
        unreleased(ADDED),
        unreleased(released=section("[1.1.0]", ADDED)),
        None,
    ),
    "they got the next one by mistake": (unreleased(ADDED), section("[1.2.0]", ADDED), None),
    "an entry is new among old ones": (unreleased(ADDED), unreleased(ADDED, FIXED), "patch"),
    "an entry was reworded": (unreleased(FIXED), unreleased(("Fixed", "Prices and taxes")), "patch"),
    "spaces and emphasis changed": (unreleased(FIXED), unreleased(("Fixed", "**Prices**  ")), None),
    "an old entry comes again": (
        unreleased(released=section("[1.1.0]", FIXED)),
        unreleased(FIXED, released=section("[1.1.0]", FIXED)),
        "patch",
    ),
    "what was added is removed": (
        unreleased(released=section("[1.1.0]", ADDED)),
        unreleased(("Removed", "A cart"), released=section("[1.1.0]", ADDED)),
        "major",
    ),
    "old sections were cut off": (
        unreleased(released=section("[1.1.0]", ADDED)),
        unreleased(FIXED),
        "patch",
    ),
}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(("before", "now", "demanded"), PAST.values(), ids=PAST)
def test_only_entries_that_the_newest_tag_does_not_have_count(before: str, now: str, demanded: str | None) -> None:
    if demanded is None:
        with pytest.raises(NothingUnreleasedError):
            plan(now, before=before)
        return
    assert plan(now, demanded, before=before) == AFTER_1_1_0[demanded]
    for smaller in TYPES[: TYPES.index(demanded)]:
        with pytest.raises(VersionTooSmallError):
            plan(now, smaller, before=before)


UNMENDABLE = {
    "a heading twice": section("[1.1.0]", ADDED) + section("[1.1.0]", ADDED),
    "too large": section("[1.1.0]", ADDED) + "x" * SIZE_LIMIT,
    "too deep": section("[1.1.0]", ADDED) + ">" * 100,
    "empty": "",
    "blank": " \n",
}


@pytest.mark.parametrize("before", UNMENDABLE.values(), ids=UNMENDABLE)
def test_a_fault_in_the_changelog_of_the_newest_tag_blocks_nothing_for_ever(before: str) -> None:
    assert plan(unreleased(FIXED), "patch", before=before) == "1.1.1"


@pytest.mark.parametrize(
    ("changelog", "error"),
    [
        ("", ChangelogMissingError),
        ("x" * (SIZE_LIMIT + 1), ChangelogSizeError),
        (section("[1.2.0]", ADDED) * 2, ChangelogHeadingError),
    ],
)
def test_the_same_fault_now_is_refused(changelog: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        plan(changelog)


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("requested", TYPES)
@pytest.mark.parametrize(
    ("changelog", "version"),
    [
        (unreleased(("Removed", "BREAKING")), "0.1.0"),
        (unreleased(ADDED, released=section("[0.0.1]", FIXED)), "0.0.1"),
        (section("[3.1.4]", FIXED), "3.1.4"),
        (section("[3.1.4]", FIXED) + section("[2.0.0]", ADDED), "3.1.4"),
    ],
)
def test_without_a_tag_it_is_the_headings_version_or_the_first_one(
    changelog: str, version: str, requested: str
) -> None:
    assert plan(changelog, requested, newest=None) == version


RETIRED = {
    "the next one": (unreleased(FIXED), "patch", "1.1.0", ("1.1.1",), "1.1.2"),
    "the next two": (unreleased(FIXED), "patch", "1.1.0", ("1.1.1", "1.1.2"), "1.1.3"),
    "of another type": (unreleased(FIXED), "minor", "1.1.0", ("1.1.1", "1.2.0"), "1.3.0"),
    "one below": (unreleased(FIXED), "patch", "1.1.0", ("1.0.0",), "1.1.1"),
    "the first one": (unreleased(FIXED), "minor", None, ("0.1.0",), "0.2.0"),
    "a heading that skips it": (section("[1.1.2]", FIXED), "patch", "1.1.0", ("1.1.1",), "1.1.2"),
}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(("changelog", "requested", "newest", "retired", "version"), RETIRED.values(), ids=RETIRED)
def test_a_version_that_was_ever_published_is_skipped(
    changelog: str, requested: str, newest: str | None, retired: tuple[str, ...], version: str
) -> None:
    assert plan(changelog, requested, newest=newest, retired=retired) == version


@pytest.mark.parametrize("newest", ["1.1.0", None])
def test_a_heading_that_names_a_published_version_is_refused(newest: str | None) -> None:
    with pytest.raises(RetiredVersionError, match=r"Version 1\.2\.0 was published once"):
        plan(section("[1.2.0]", ADDED), "minor", newest=newest, retired=("1.2.0",))


def test_a_heading_is_never_sent_to_a_published_version() -> None:
    with pytest.raises(HeadingVersionError, match=r"a minor release after 1\.1\.0 is 1\.3\.0"):
        plan(section("[1.5.0]", ADDED), "minor", retired=("1.2.0",))


@pytest.mark.parametrize(
    ("newest", "heading", "requested"),
    [
        ("24.10.0", "25.1.0", "major"),
        ("26.3.1", "26.5.0", "minor"),
        ("2026.2.1", "2026.4.0", "minor"),
        ("2025.12.3", "2026.1.0", "major"),
        ("2026.2.1", "2026.2.3", "patch"),
    ],
)
def test_where_versions_are_dates_a_heading_may_leave_some_out(newest: str, heading: str, requested: str) -> None:
    changelog = section(f"[{heading}]", ("Fixed", "It"))
    assert plan(changelog, requested, newest=newest) == heading
    for other in set(TYPES) - {requested}:
        with pytest.raises(HeadingVersionError):
            plan(changelog, other, newest=newest)
    with pytest.raises(RetiredVersionError):
        plan(changelog, requested, newest=newest, retired=(heading,))


NUMBERS = st.integers(0, 20)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["Removed", "Added", "Fixed", "Something else"]), st.sampled_from(["It", "That", "BREAKING"])
    ),
    max_size=4,
)


@given(VERSIONS, ENTRIES, ENTRIES, st.frozensets(VERSIONS), st.sampled_from(Bump))
def test_a_planned_version_is_greater_than_the_newest_tag_and_was_never_published(
    newest: Version,
    before: list[tuple[str, str]],
    new: list[tuple[str, str]],
    retired: frozenset[Version],
    requested: Bump,
) -> None:
    retired |= {newest.bumped(bump) for bump in Bump}

    def planned(bump: Bump) -> Version:
        decided = plan_version(
            requested=bump,
            changelog=unreleased(*new, released=section(f"[{newest}]", *before)),
            newest=newest,
            changelog_at_newest=unreleased(*before),
            retired=retired,
        )
        return decided.version

    assume(new)
    largest = planned(Bump.MAJOR)
    assert largest > newest
    assert largest not in retired
    try:
        version = planned(requested)
    except VersionTooSmallError:
        return
    assert newest < version <= largest
    assert version not in retired


@given(VERSIONS, VERSIONS, st.sampled_from(Bump))
def test_a_heading_is_used_exactly_where_the_type_gives_it(newest: Version, heading: Version, requested: Bump) -> None:
    assume(heading > newest and newest.major < FIRST_YEAR)
    changelog = section(f"[{heading}]", ("Security", "It"))
    if heading == newest.bumped(requested):
        assert plan(changelog, requested, newest=str(newest)) == str(heading)
        return
    with pytest.raises(HeadingVersionError):
        plan(changelog, requested, newest=str(newest))
