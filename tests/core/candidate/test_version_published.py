"""The next version beside what exists elsewhere, was given up by production, or is announced by a pre-release."""

import pytest

from sentinel.core.candidate.version import Planned, Published, plan_version
from sentinel.core.values.semver import Bump, Version
from sentinel.errors import SentinelError
from sentinel.errors.version import BehindPreReleaseError, TakenVersionError
from tests.core.changelogs import HEADER, section, unreleased

ADDED, FIXED = ("Added", "A cart"), ("Fixed", "Prices")


def planned(
    changelog: str,
    requested: str,
    *,
    newest: str | None = "1.1.0",
    before: str = "",
    taken: tuple[str, ...] = (),
    left: tuple[str, ...] = (),
    coming: str | None = None,
) -> Planned:
    beside = Published(
        taken={Version.parse(text): f"v{text}" for text in taken},
        left=frozenset(map(Version.parse, left)),
        pre_release=Version.parse(coming) if coming else None,
    )
    return plan_version(
        requested=Bump(requested),
        changelog=changelog,
        newest=Version.parse(newest) if newest else None,
        changelog_at_newest=before,
        retired=frozenset(map(Version.parse, left)),
        beside=beside,
    )


TAKEN = {
    "the next one": (unreleased(ADDED), "minor", ("1.2.0",), "1.3.0"),
    "the next two": (unreleased(ADDED), "minor", ("1.2.0", "1.3.0"), "1.4.0"),
    "a fix of it": (unreleased(FIXED), "patch", ("1.1.1",), "1.1.2"),
    "another line": (unreleased(FIXED), "patch", ("1.2.0",), "1.1.1"),
    "a heading above it": (section("[1.3.0]", ADDED), "minor", ("1.2.0",), "1.3.0"),
    "a heading that records it": (unreleased(FIXED) + section("[1.2.0]", ADDED), "patch", ("1.2.0",), "1.2.1"),
    "two that are recorded": (
        section("[1.2.2]", FIXED) + section("[1.2.1]", FIXED) + section("[1.2.0]", ADDED),
        "patch",
        ("1.2.0", "1.2.1"),
        "1.2.2",
    ),
}


@pytest.mark.parametrize(("changelog", "requested", "taken", "version"), TAKEN.values(), ids=TAKEN)
def test_a_version_whose_tag_exists_anywhere_is_skipped(
    changelog: str, requested: str, taken: tuple[str, ...], version: str
) -> None:
    assert str(planned(changelog, requested, taken=taken)) == version


def test_the_tag_in_the_way_is_said() -> None:
    assert "the tag v1.2.0 exists already" in planned(unreleased(ADDED), "minor", taken=("1.2.0",)).reason


def test_a_heading_of_a_taken_version_names_the_tag_and_a_version_that_is_accepted() -> None:
    with pytest.raises(TakenVersionError) as caught:
        planned(HEADER + section("[1.2.0]", ADDED), "minor", taken=("1.2.0",))
    assert "the tag v1.2.0 exists" in caught.value.what
    assert 'Write "[1.3.0]"' in caught.value.fix
    assert str(planned(HEADER + section("[1.3.0]", ADDED), "minor", taken=("1.2.0",))) == "1.3.0"


LEFT = {
    "under Unreleased": (unreleased(ADDED), "minor", "1.4.0"),
    "with its cause removed": (unreleased(ADDED, FIXED), "patch", "1.3.1"),
    "under its own heading": (HEADER + section("[1.3.0]", ADDED), "minor", "1.4.0"),
    "under its own heading, as a fix": (HEADER + section("[1.3.0]", ADDED), "patch", "1.3.1"),
    "beside what is new": (unreleased(FIXED, released=section("[1.3.0]", ADDED)), "patch", "1.3.1"),
    "under a new heading": (section("[1.3.1]", FIXED) + section("[1.3.0]", ADDED), "patch", "1.3.1"),
}


@pytest.mark.parametrize(("changelog", "requested", "version"), LEFT.values(), ids=LEFT)
def test_what_production_was_taken_back_from_is_released_again_under_a_version_above(
    changelog: str, requested: str, version: str
) -> None:
    found = planned(changelog, requested, newest="1.2.0", left=("1.3.0",))
    assert str(found) == version
    assert "1.3.0 was published and production does not run it" in found.reason
    assert [entry.text for entry in found.entries if entry.text == "A cart"] == ["A cart"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (("1.2.0",), "1.2.0 was published and production does not run it, so its entries are released again."),
        (
            ("1.3.0", "1.2.1"),
            "1.2.1 and 1.3.0 were published and production does not run them, so their entries are released again.",
        ),
        (
            ("1.2.1", "1.3.0", "1.2.2"),
            "1.2.1, 1.2.2 and 1.3.0 were published and production does not run them, "
            "so their entries are released again.",
        ),
    ],
)
def test_every_version_that_was_left_is_named_in_one_sentence(left: tuple[str, ...], said: str) -> None:
    found = planned(unreleased(ADDED), "minor", newest="1.1.0", left=left)
    assert found.reason.endswith(f"; {said}")


@pytest.mark.parametrize(
    ("requested", "coming", "version"),
    [
        ("minor", "1.2.0", "1.2.0"),
        ("minor", "1.4.0", "1.4.0"),
        ("major", "1.4.0", "2.0.0"),
        ("patch", "1.1.1", "1.1.1"),
    ],
)
def test_a_release_never_falls_behind_a_pre_release(requested: str, coming: str, version: str) -> None:
    assert str(planned(unreleased(FIXED), requested, coming=coming)) == version


@pytest.mark.parametrize(("requested", "coming"), [("patch", "1.2.0"), ("patch", "2.0.0"), ("minor", "2.0.0")])
def test_a_type_that_would_fall_behind_is_refused_with_one_that_does_not(requested: str, coming: str) -> None:
    with pytest.raises(BehindPreReleaseError) as caught:
        planned(unreleased(FIXED), requested, coming=coming)
    larger = caught.value.fix.split('"')[1]
    assert str(planned(unreleased(FIXED), larger, coming=coming)) == coming


def test_the_first_release_is_the_one_that_was_announced() -> None:
    assert str(planned(unreleased(ADDED), "minor", newest=None, coming="1.0.0")) == "1.0.0"


def test_advice_for_a_heading_is_never_refused_by_the_next_check() -> None:
    """Every refusal that names a type or a heading is followed, and leads to a version."""
    for heading in ("1.1.1", "1.2.0", "1.5.0", "2.0.0"):
        for entry in (FIXED, ADDED, ("Removed", "All")):
            for requested in Bump:
                changelog, wanted = HEADER + section(f"[{heading}]", entry), requested.value
                for _ in range(3):
                    try:
                        planned(changelog, wanted)
                        break
                    except SentinelError as error:
                        changelog, wanted = followed(error, changelog, wanted, heading)
                else:
                    pytest.fail(f"no way to release {heading} with {entry} as {requested}")


def followed(error: SentinelError, changelog: str, wanted: str, heading: str) -> tuple[str, str]:
    if 'type="' in error.fix and not error.fix.startswith("Write"):
        return changelog, error.fix.split('type="')[1].split('"')[0]
    version = error.fix.partition('rite "[')[2].partition("]")[0]
    if 'type="' in error.fix:
        wanted = error.fix.split('type="')[1].split('"')[0]
    return changelog.replace(f"[{heading}]", f"[{version}]"), wanted
