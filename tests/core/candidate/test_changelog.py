"""CHANGELOG.md as it is read: which headings open a section, which words are entries, and what hostile files do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.changelog import Entry, parse_changelog
from tests.core.changelogs import HEADER, section, unreleased

KEEP_A_CHANGELOG = """\
# Changelog

The format is [Keep a Changelog](https://keepachangelog.com).

## [Unreleased]

### Added
- A cart
- A way to
  pay with [cards](#cards) and `vouchers`
  - also twice

### Fixed

* Prices &amp; taxes

## [1.1.0] - 2030-04-01

### Security
1. Passwords are **hashed**

## 1.0.0 / 2029-12-31 [YANKED]

The first one.

[Unreleased]: https://example.org/compare/v1.1.0...HEAD
[1.1.0]: https://example.org/compare/v1.0.0...v1.1.0
"""


def test_a_changelog_in_the_usual_form_is_read_whole() -> None:
    changelog = parse_changelog(KEEP_A_CHANGELOG)
    assert changelog.unreleased is not None
    assert changelog.unreleased.entries == (
        Entry(("Added",), "A cart", 8),
        Entry(("Added",), "A way to pay with cards and vouchers also twice", 9),
        Entry(("Fixed",), "Prices & taxes", 15),
    )
    assert [(release.version, release.line, release.entries) for release in changelog.releases] == [
        ("1.1.0", 17, (Entry(("Security",), "Passwords are hashed", 20),)),
        ("1.0.0", 22, (Entry((), "The first one.", 24),)),
    ]


@pytest.mark.parametrize(
    ("heading", "version"),
    [
        ("[1.2.0]", "1.2.0"),
        ("1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("[v1.2.0]", "1.2.0"),
        ("[ 1.2.0 ]", "1.2.0"),
        ("[1.2.0] - 2030-05-01", "1.2.0"),
        ("[1.2.0] - Unreleased", "1.2.0"),
        ("1.2.0 (2030-05-01)", "1.2.0"),
        ("1.2.0: the big one", "1.2.0"),
        ("[1.2.0] [YANKED]", "1.2.0"),
        ("[1.2.0][YANKED]", "1.2.0"),
        ("[1.2.0](https://example.org/v1.2.0)", "1.2.0"),
        ("[1.2.0][link]", "1.2.0"),
        ("**1.2.0**", "1.2.0"),
        ("1.2.0 <!-- soon -->", "1.2.0"),
        ("[0.0.0]", "0.0.0"),
        ("[Unreleased]", ""),
        ("unreleased", ""),
        ("UNRELEASED - soon", ""),
        ("[Unreleased](https://example.org)", ""),
        ("1.2.0-rc.1", None),
        ("[1.2.0-rc.1] - 2030-05-01", None),
        ("1.2.0+build.5", None),
        ("1.2.0.1", None),
        ("1.2.0rc1", None),
        ("1.2", "1.2.0"),
        ("01.2.0", None),
        ("1.2.00", None),
        ("1234567890.0.0", None),
        ("\u0661.\u0662.\u0663", None),
        ("\uff11.\uff12.\uff13", None),
        ("1.2.0\u0663", None),
        ("Version 1.2.0", "1.2.0"),
        ("Unreleasedness", None),
        ("Notes", None),
        ("", None),
    ],
)
def test_a_heading_that_is_a_version_or_unreleased_opens_a_section(heading: str, version: str | None) -> None:
    sections = parse_changelog(f"{HEADER}\n## {heading}\n- An entry\n\n[link]: /v1.2.0\n").sections
    assert [found.version for found in sections] == ([] if version is None else [version])


def test_a_pre_release_closes_the_section_above_it() -> None:
    changelog = parse_changelog(section("[Unreleased]", ("Fixed", "One")) + section("1.2.0-rc.1", ("Removed", "Two")))
    assert changelog.sections[0].entries == (Entry(("Fixed",), "One", 4),)


HEADINGS = {
    "deeper ones add to those above": ("### Removed\n#### API\n- x\n", ("Removed", "API")),
    "one of the same depth takes its place": ("### Removed\n#### API\n### Fixed\n- x\n", ("Fixed",)),
    "levels may be left out": ("##### Added\n- x\n", ("Added",)),
    "the underlined form": ("### Added\nFixed\n---\n- x\n", ("Fixed",)),
    "a category beside the section": ("## Fixed\n- x\n", ("Fixed",)),
    "another heading beside the section": ("### Added\n## Links\n- x\n", None),
    "none": ("- x\n", ()),
}


@pytest.mark.parametrize(("text", "headings"), HEADINGS.values(), ids=HEADINGS)
def test_an_entry_stands_under_the_headings_above_it(text: str, headings: tuple[str, ...] | None) -> None:
    entries = parse_changelog(f"## [Unreleased]\n{text}").sections[0].entries
    assert [entry.headings for entry in entries] == ([] if headings is None else [headings])


def test_releases_may_be_headings_of_the_first_level_with_categories_of_the_second() -> None:
    changelog = parse_changelog("# Unreleased\n## Removed\n- One\n# 1.0.0\n## Added\n- Two\n")
    assert [found.entries for found in changelog.sections] == [
        (Entry(("Removed",), "One", 3),),
        (Entry(("Added",), "Two", 6),),
    ]


NO_ENTRIES = {
    "an empty item": "### Added\n-\n- \n",
    "a comment": "### Added\n- <!-- nothing yet -->\n<!--\n- commented out\n-->\n",
    "a code block": "```\n- x\n```\n\n    - y\n",
    "a rule": "---\n***\n",
    "a link reference": "[x]: https://example.org\n",
    "raw HTML": "<ul><li>x</li></ul>\n",
    "another section": "## Links\n- x\n",
    "headings alone": "### Added\n\n### BREAKING CHANGES\n",
}


@pytest.mark.parametrize("text", NO_ENTRIES.values(), ids=NO_ENTRIES)
def test_what_says_nothing_is_no_entry(text: str) -> None:
    assert parse_changelog(f"## [Unreleased]\n{text}").sections[0].entries == ()


FAKE_HEADINGS = {
    "a fenced block": "```\n## [9.9.9]\n```\n",
    "a longer fence": "````md\n```\n## [9.9.9]\n```\n````\n",
    "a fence that is never closed": "~~~\n## [9.9.9]\n",
    "an indented block": "text\n\n    ## [9.9.9]\n",
    "a comment": "<!--\n\n## [9.9.9]\n\n-->\n",
    "a comment that is never closed": "<!--\n## [9.9.9]\n",
    "a quote": "> ## [9.9.9]\n",
    "a list": "- ## [9.9.9]\n",
    "an escape": "\\## [9.9.9]\n",
    "no blank": "##[9.9.9]\n",
    "raw HTML": "<h2>9.9.9</h2>\n",
    "a preformatted element": "<pre>\n## [9.9.9]\n</pre>\n",
}


@pytest.mark.parametrize("text", FAKE_HEADINGS.values(), ids=FAKE_HEADINGS)
def test_what_only_looks_like_a_heading_opens_no_section(text: str) -> None:
    assert [found.version for found in parse_changelog(f"## [1.2.0]\n{text}").sections] == ["1.2.0"]


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\n\n\n", "\n\n{}"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_ends_change_nothing(change: str, newline: str) -> None:
    text = change.format(KEEP_A_CHANGELOG).replace("\n", newline)
    read = [[entry.key for entry in one.entries] for one in parse_changelog(text).sections]
    assert read == [[entry.key for entry in one.entries] for one in parse_changelog(KEEP_A_CHANGELOG).sections]


words = st.from_regex(r"[a-z]{1,8}( [a-z0-9]{1,8}){0,3}", fullmatch=True)
categories = st.sampled_from(["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Other things"])
entries = st.lists(st.tuples(categories, words), max_size=4)
versions = st.tuples(*[st.integers(0, 999_999_999)] * 3).map(lambda numbers: ".".join(map(str, numbers)))


@given(sections=st.dictionaries(versions, entries, max_size=4), new=entries, newline=st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_what_is_read(
    sections: dict[str, list[tuple[str, str]]], new: list[tuple[str, str]], newline: str
) -> None:
    text = unreleased(*new) + "".join(section(f"[{version}]", *sections[version]) for version in sections)
    changelog = parse_changelog(text.replace("\n", newline))
    read = {found.version: [(entry.headings[0], entry.text) for entry in found.entries] for found in changelog.sections}
    assert read == {"": new, **sections}
    assert [release.version for release in changelog.releases] == list(sections)
