"""The forms in which people and generators write changelogs: titles, labels, placeholders, and what breaks."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.changelog import parse_changelog
from sentinel.core.candidate.changelog_text import Kind, breaks, read_title, says_nothing
from sentinel.core.policy.changelog_categories import demand_of, normal
from sentinel.core.values.semver import Bump
from sentinel.errors.version import UnreadHeadingsError
from tests.core.changelogs import plan, section, unreleased

VERSIONS = {
    "Version 1.2": "1.2.0",
    "Version 1.2.1": "1.2.1",
    "Release v1.2.1": "1.2.1",
    "shop 1.2.1 (2025-02-01)": "1.2.1",
    "shop@1.2.1": "1.2.1",
    "@scope/shop@1.2.1": "1.2.1",
    "shop-1.2.1": "1.2.1",
    "shop v1.2.1": "1.2.1",
    ":rocket: v1.2.1": "1.2.1",
    "🚀 [1.2.1]": "1.2.1",
    "2025-02-01, Version 1.2.1 (Current), @someone": "1.2.1",
    "Changes in 1.2.1": "1.2.1",
    "What's new in 1.2.1": "1.2.1",
    "1.2.1 / 2025-02-01": "1.2.1",
    "1.2.1 - February 1, 2025": "1.2.1",
    "1.2.1 Feb 1, 2025": "1.2.1",
    '1.2.1 "The big one"': "1.2.1",
    "[1.2.1](https://example.org/compare/v1.2.0...v1.2.1) (2025-02-01)": "1.2.1",
    "`1.2.1 <https://example.org/1.2.1>`_ - 2025-02-01": "1.2.1",
    "3.8.0.dev": "3.8.0",
    "3.8.0.dev0": "3.8.0",
    "3.8.0-SNAPSHOT": "3.8.0",
    "3.8.0-dev": "3.8.0",
    "1.2.1 (unreleased)": "1.2.1",
    "1.2.1.Final": "1.2.1",
}


@pytest.mark.parametrize(("heading", "version"), VERSIONS.items())
def test_a_heading_names_a_version(heading: str, version: str) -> None:
    assert (read_title(heading).kind, read_title(heading).version) == (Kind.VERSION, version)


COMING = (
    "Unreleased",
    "master (unreleased)",
    "[Unreleased] - yyyy-mm-dd",
    "UNRELEASED CHANGES",
    "Next",
    "Next release",
    "vNext",
    "Upcoming",
    "Upcoming version",
    "HEAD",
    "main",
    "In development",
    "TBD",
    "Not yet released",
    "🚧 Unreleased",
)


@pytest.mark.parametrize("heading", COMING)
def test_a_heading_names_what_is_unreleased(heading: str) -> None:
    assert read_title(heading).kind is Kind.UNRELEASED
    assert plan(f"# Changelog\n\n## {heading}\n\n- It\n\n## 1.1.0\n\n- Old\n", "patch") == "1.1.1"


PRE_RELEASES = (
    "1.3.0-rc.1",
    "1.3.0 RC",
    "1.3.0 RC 2",
    "1.3.0rc1",
    "1.3.0.rc1",
    "1.3.0b2",
    "1.3.0-beta",
    "1.3.0 beta 2 (2025-01-01)",
    "1.3.0 (alpha)",
    "1.3.0.pre",
    "1.3.0-next.0",
    "1.3.0 Release Candidate 1",
    "v1.3.0-M1",
    "Version 1.3.0-preview.2",
)


@pytest.mark.parametrize("heading", PRE_RELEASES)
def test_a_heading_of_a_pre_release_is_none_of_its_version(heading: str) -> None:
    title = read_title(heading)
    assert (title.kind, title.version, title.of) == (Kind.PRE_RELEASE, "", "1.3.0")
    with pytest.raises(UnreadHeadingsError, match=r"line 1, .*Sentinel does not release pre-releases"):
        plan(section(heading, ("Added", "It")) + section("[1.1.0]"), "minor")


UNREADABLE = {
    "2026.02.0": "a leading zero",
    "1.2.0.1": "three numbers, not 4",
    "1.2.0+build.5": "has no",
    "1234567890.0.0": "nine digits",
}


@pytest.mark.parametrize(("heading", "why"), UNREADABLE.items())
def test_a_heading_that_is_no_version_is_named_with_its_line_and_why(heading: str, why: str) -> None:
    with pytest.raises(UnreadHeadingsError) as caught:
        plan(f"# Changelog\n\n## {heading}\n\n### Added\n- It\n\n## 1.1.0\n", "minor")
    assert f'line 3, "{heading}": ' in caught.value.what
    assert why in caught.value.what
    assert plan(f"# Changelog\n\n## [Unreleased]\n\n### Added\n- It\n\n## {heading}\n\n## 1.1.0\n", "minor") == "1.2.0"


@pytest.mark.parametrize(
    "heading",
    ["Python 3.12 support", "Upgrading from 1.2.0", "Requires Node 18.0.0", "2.x", "2025-02-01", "Notes", "Next steps"],
)
def test_a_heading_of_something_else_below_a_version_is_no_section(heading: str) -> None:
    changelog = parse_changelog(f"## [1.2.0]\n\n### {heading}\n\n- It\n\n## 1.1.0\n\n- Old\n")
    assert [found.version for found in changelog.sections] == ["1.2.0", "1.1.0"]


DEMANDS = {
    Bump.MAJOR: (
        "Removed",
        "Removals",
        "Deprecations and Removals",
        "⚠ BREAKING CHANGES",
        "💥 Breaking Changes",
        "Backwards incompatible changes",
        "Backward-incompatible changes:",
        "Incompatible Changes",
        "Major Changes",
        "BC breaks",
    ),
    Bump.MINOR: (
        "Added",
        "Changed",
        "Deprecated",
        "Features",
        "🚀 Features",
        ":sparkles: New Features",
        "Minor Changes",
        "FEATURES:",
        "Features & Enhancements",
        "Feature",
    ),
    Bump.PATCH: (
        "Fixed",
        "Bug Fixes",
        "🐛 Bug Fixes",
        "Bugfixes",
        "Fixes",
        "Security",
        "Performance",
        "Performance Improvements",
        "Patch Changes",
        "⚙️ Miscellaneous Tasks",
        "Documentation",
        "What's Changed",
        "Non-breaking changes",
        "No breaking changes",
        "Changes",
    ),
    None: ("Something else", "Widgets", "x" * 100 + " removed", ""),
}


@pytest.mark.parametrize(("words", "bump"), [(word, bump) for bump, listed in DEMANDS.items() for word in listed])
def test_a_category_demands_what_its_words_say(words: str, bump: Bump | None) -> None:
    assert demand_of(normal(words)) is bump


BREAKING = (
    "BREAKING: it",
    "**Breaking:** it",
    "**Breaking**: it",
    "***BREAKING CHANGE***: it",
    "⚠️ Breaking change: it",
    "[**breaking**] it",
    "*(api)* [**breaking**] it",
    "(api) BREAKING it",
    "api: BREAKING CHANGE: it",
    "feat!: it",
    "feat(api)!: it",
    "abc1234: feat!: it",
    "it (**BREAKING**)",
    "it [breaking]",
    "Drop it. BREAKING CHANGE: that",
    "BC break: it",
    "Backwards incompatible: it",
)
NOT_BREAKING = (
    "NON-BREAKING: it",
    "non-breaking: it",
    "Not breaking: it",
    "Parse `BREAKING CHANGE:` footers",
    '"BREAKING CHANGE:" footers are parsed',
    "\u201cBreaking:\u201d is read",
    "Breaking news",
    "Heartbreaking: it",
    "Recognise the word BREAKING in subjects",
    "Render breaking changes first",
    "`BREAKING`: it",
    "It!: no",
    "See https://example.org/breaking!: it",
)


@pytest.mark.parametrize("entry", BREAKING)
def test_a_label_says_that_an_entry_breaks(entry: str) -> None:
    assert breaks(entry)


@pytest.mark.parametrize("entry", NOT_BREAKING)
def test_the_word_elsewhere_quoted_or_negated_does_not(entry: str) -> None:
    assert not breaks(entry)


PLACEHOLDERS = ("N/A", "n/a.", "None", "none yet", "Nothing yet!", "TBD", "TODO", "-", "...", "No changes", "Nothing")


NOTHING = ("N.A.", "Nothing here yet", "Nothing to see here (yet).", "nothing removed", "No breaking changes")


@pytest.mark.parametrize(
    "text",
    [
        *PLACEHOLDERS,
        *NOTHING,
        "No changes yet.",
        "No changes since 1.2.0",
        "2025-02-01",
        "Released 2025-02-01",
        "Unreleased",
    ],
)
def test_a_placeholder_is_no_entry(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nothing breaks",
        "Nothing removed by hand",
        "No breaking changes are let through",
        "None of the tills opens",
        "TBD was removed",
        "No changes to prices",
    ],
)
def test_what_only_begins_like_one_is(text: str) -> None:
    assert not says_nothing(text)


LABELS = ("{}:", "**{}**", "**{}:**", "***{}:***", "**{}**:", "_{}_", "{}", "- **{}**\n  - it\n\nthen", "*{}*")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("words", "demanded"), [("Removed", "major"), ("Added", "minor"), ("BUG FIXES", "patch")])
def test_a_label_is_a_category_for_what_follows(label: str, words: str, demanded: str) -> None:
    text = f"## Unreleased\n\n{label.format(words)}\n\n- it\n"
    assert plan(text, demanded) in ("1.1.1", "1.2.0", "2.0.0")
    if demanded != "patch":
        with pytest.raises(Exception, match=f"demands {demanded}"):
            plan(text, "patch")


@pytest.mark.parametrize("label", LABELS[:-2])
def test_a_label_with_nothing_under_it_is_no_entry(label: str) -> None:
    text = f"## Unreleased\n\n{label.format('Removed')}\n\n{label.format('Fixed')}\n"
    assert parse_changelog(text).sections[0].entries == ()


def test_bold_words_that_are_no_category_are_an_entry() -> None:
    (entry,) = parse_changelog("## Unreleased\n\n**BREAKING: prices are integers**\n").sections[0].entries
    assert entry.breaking


def test_versions_may_be_lines_of_their_own() -> None:
    changelog = parse_changelog("**1.2.0** (2025-02-01)\n\n- One\n\n**1.1.0** (2025-01-01)\n\n- Two\n")
    assert [(found.version, found.entries[0].text) for found in changelog.sections] == [
        ("1.2.0", "One"),
        ("1.1.0", "Two"),
    ]


def test_what_pre_releases_changed_is_part_of_their_version() -> None:
    changelog = section("[1.2.0]") + section("[1.2.0-rc.1]", ("Added", "It")) + section("[1.1.0]", ("Added", "Old"))
    assert plan(changelog, "minor") == "1.2.0"


def test_restructured_text_is_read_with_its_own_levels() -> None:
    text = (
        "Changes\n#######\n\n.. towncrier release notes start\n\nshop 1.2.0 (2025-02-01)\n"
        "=======================\n\nFeatures\n~~~~~~~~\n\n- `#7 <https://example.org/7>`_: The basket\n  of goods.\n\n"
        "Deprecations and Removals\n~~~~~~~~~~~~~~~~~~~~~~~~~\n\n- The till\n"
    )
    (found,) = parse_changelog(text).sections
    assert [entry.key for entry in found.entries] == [
        (("Features",), "#7: The basket of goods."),
        (("Deprecations and Removals",), "The till"),
    ]


SAMPLES = st.lists(
    st.sampled_from(
        [
            "## [Unreleased]",
            "### Added",
            "- x",
            "  - BREAKING: y",
            "",
            "Title\n=====",
            "```",
            "<!--",
            "-->",
            "**Fixed**",
        ]
    )
    | st.text(max_size=20),
    max_size=30,
)


@given(SAMPLES)
def test_reading_never_fails_and_every_entry_has_its_line(lines: list[str]) -> None:
    text = "x\n" + "\n".join(lines)
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for found in parse_changelog(text).all_sections:
        assert all(found.line < entry.line <= count for entry in found.entries)


@pytest.mark.parametrize("times", [1, 2])
def test_two_hundred_thousand_entries_are_read_in_seconds(times: int) -> None:
    """Processor time: the limit is 2 s on a machine of its own."""
    text = "## [Unreleased]\n\n### Fixed\n\n" + "- x\n" * 200_000
    before = time.process_time()
    plan(text, "patch", before="" if times == 1 else unreleased())
    assert time.process_time() - before < 4
