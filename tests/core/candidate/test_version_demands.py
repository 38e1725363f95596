"""What the categories of the changelog demand, and the types of release that satisfy it."""

import pytest

from sentinel.errors.version import VersionTooSmallError
from tests.core.changelogs import plan, section, unreleased

TYPES = ("patch", "minor", "major")
DEMANDS = {
    "Removed": "major",
    "Added": "minor",
    "Changed": "minor",
    "Deprecated": "minor",
    "Fixed": "patch",
    "Security": "patch",
    "Something else": "patch",
}
AFTER_1_1_0 = {"patch": "1.1.1", "minor": "1.2.0", "major": "2.0.0"}
AFTER_0_4_2 = {"patch": "0.4.3", "minor": "0.5.0", "major": "1.0.0"}
DROPPED = {"major": "minor", "minor": "patch", "patch": "patch"}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("requested", TYPES)
@pytest.mark.parametrize(("category", "demanded"), DEMANDS.items())
def test_a_type_as_large_as_the_category_demands_or_larger_is_accepted_and_a_smaller_one_refused(
    category: str, demanded: str, requested: str
) -> None:
    changelog = unreleased((category, "It"))
    if TYPES.index(requested) >= TYPES.index(demanded):
        assert plan(changelog, requested) == AFTER_1_1_0[requested]
        return
    with pytest.raises(VersionTooSmallError) as caught:
        plan(changelog, requested)
    assert caught.value.what == (
        f'A {requested} release is too small: the changelog demands {demanded} (line 8, "It", stands under {category}).'
    )
    assert caught.value.fix == f'Call `prepare_release(type="{demanded}")`, or correct the entry and commit it.'


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("requested", TYPES)
@pytest.mark.parametrize(("category", "demanded"), DEMANDS.items())
def test_below_one_each_demand_drops_one_step(category: str, demanded: str, requested: str) -> None:
    changelog = unreleased((category, "It"))
    if TYPES.index(requested) >= TYPES.index(DROPPED[demanded]):
        assert plan(changelog, requested, newest="0.4.2") == AFTER_0_4_2[requested]
        return
    with pytest.raises(VersionTooSmallError, match=f"the changelog demands {DROPPED[demanded]} "):
        plan(changelog, requested, newest="0.4.2")


BREAKING = {
    "an entry": unreleased(("Fixed", "BREAKING: prices are in cents")),
    "the end of an entry": unreleased(("Fixed", "Prices are in cents (**BREAKING**)")),
    "an item below an entry": unreleased(("Fixed", "Prices\n  - BREAKING: in cents")),
    "a word with a comment in it": unreleased(("Fixed", "BREAK<!-- -->ING")),
    "a paragraph": unreleased(("Fixed", "It")) + "\nBREAKING as well.\n",
    "a quote": unreleased(("Fixed", "It")) + "\n> BREAKING as well.\n",
    "a category": unreleased(("⚠ BREAKING CHANGES", "It")),
    "a category in small letters": unreleased(("Breaking changes", "It")),
    "a category with a mark": unreleased(("Removed:", "It")),
    "a heading below a category": unreleased(("Fixed\n#### Breaking", "It")),
    "a category below a heading": unreleased(("Shop\n#### Removed", "It")),
    "a category above a heading": unreleased(("Removed\n#### Shop", "It")),
    "the last of many entries": unreleased(("Fixed", "It"), ("Added", "That"), ("Removed", "This")),
    "the section of the version": section("[2.0.0]", ("Removed", "It")),
    "a section below that of the version": section("[2.0.0]", ("Fixed", "It")) + section("[1.9.0]", ("Removed", "It")),
}


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("changelog", BREAKING.values(), ids=BREAKING)
def test_what_breaks_demands_a_major_release_wherever_it_is_said(changelog: str) -> None:
    assert plan(changelog, "major") == "2.0.0"
    with pytest.raises(VersionTooSmallError, match="demands major"):
        plan(changelog, "minor")


@pytest.mark.parametrize("text", ["breaking news", "Heartbreaking pictures", "It"])
def test_small_letters_in_an_entry_break_nothing(text: str) -> None:
    assert plan(unreleased(("Fixed", text)), "patch") == "1.1.1"


def test_a_hostile_category_is_shown_short_and_without_hidden_characters() -> None:
    with pytest.raises(VersionTooSmallError) as caught:
        plan(unreleased((f"Added \u202e{'x' * 40}", "It")), "patch")
    assert caught.value.what.endswith(rf"stands under Added \u202e{'x' * 33}…).")
