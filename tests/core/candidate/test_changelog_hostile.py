"""Changelogs that are empty, huge, doubled, nested without end, or written to mislead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.changelog import SIZE_LIMIT, parse_changelog
from sentinel.errors import SentinelError
from sentinel.errors.version import ChangelogHeadingError, ChangelogMissingError, ChangelogSizeError
from tests.core.changelogs import plan, section, unreleased


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "\ufeff\n"])
def test_an_empty_changelog_is_missing(text: str) -> None:
    with pytest.raises(ChangelogMissingError):
        parse_changelog(text)


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ("[1.2.0]", "v1.2.0 - 2030-05-01", "1.2.0"),
        ("[Unreleased]", "unreleased (soon)", "Unreleased"),
    ],
)
def test_a_section_that_stands_twice_is_refused_by_its_name(first: str, second: str, named: str) -> None:
    changelog = section(first, ("Fixed", "One")) + section("[1.0.0]") + section(second, ("Fixed", "Two"))
    with pytest.raises(ChangelogHeadingError, match=f"has the heading {named} more than once: in lines 1 and 6 "):
        plan(changelog, newest="1.1.0")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_one_byte_more_than_the_limit_is_too_large(mark: str) -> None:
    fitting = f"{mark}## [Unreleased]\n```\n"
    fitting += "x" * (SIZE_LIMIT - len(fitting.encode()))
    assert parse_changelog(fitting).sections[0].entries == ()
    with pytest.raises(ChangelogSizeError, match="larger than 1048576 bytes"):
        parse_changelog(fitting + "x")


def test_characters_are_counted_as_bytes() -> None:
    with pytest.raises(ChangelogSizeError):
        parse_changelog("## [Unreleased]\n" + "é" * (SIZE_LIMIT // 2))


HOSTILE = {
    "quotes": ">" * 5000,
    "lists": "".join(f"{'  ' * depth}- x\n" for depth in range(200)),
    "numbers": "1. " * 3000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_nests_deeply_hides_nothing_that_stands_behind_it(text: str) -> None:
    entries = parse_changelog(f"## [Unreleased]\n{text}\n\n- BREAKING: hidden behind it\n").sections[0].entries
    assert entries[-1].breaking


def test_lists_within_lists_are_read_to_the_last_level() -> None:
    nested = "".join(f"{'  ' * depth}- level{depth}\n" for depth in range(9))
    entry = parse_changelog(f"## [Unreleased]\n{nested}").sections[0].entries[0]
    assert entry.text.split() == [f"level{depth}" for depth in range(9)]


@pytest.mark.parametrize("text", ["[" * 5000, "*a_ " * 2000, "`" * 5000, "<a " * 2000, "&#" * 3000, "\x00\ud800"])
def test_hostile_words_are_an_entry_like_any_other(text: str) -> None:
    assert len(parse_changelog(unreleased(("Added", f"x {text}"))).sections[0].entries) == 1


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_no_text_is_read_with_anything_but_an_answer_or_a_refusal(text: str) -> None:
    try:
        changelog = parse_changelog(f"## [Unreleased]\n{text}")
    except SentinelError:
        return
    assert changelog.sections
