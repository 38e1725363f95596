"""Semantic versions: how they are read, compared and raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.version_tags import version_of_tag
from sentinel.core.values.semver import Bump, Version
from sentinel.errors.version import InvalidVersionError

NUMBERS = st.integers(0, 999_999_999)
BUMPABLE = st.integers(0, 999_999_998)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)


@given(VERSIONS)
def test_a_version_is_read_back_as_it_is_written(version: Version) -> None:
    assert Version.parse(str(version)) == version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.0.0",
        "v1.2.0",
        "01.2.0",
        "1.02.0",
        "1.2.00",
        "1.2.0-rc.1",
        "1.2.0+5",
        "-1.2.0",
        "+1.2.0",
        "1_0.2.0",
        "1..0",
        "1.2.0 ",
        " 1.2.0",
        "1.2.0\n",
        "1.2.0\x00",
        "1,2,0",
        "1.2.x",
        "1234567890.0.0",
        "9" * 10_000 + ".0.0",
        "\u0661.\u0662.\u0663",
        "\uff11.\uff12.\uff13",
        "\u00b2.\u00b2.\u00b2",
    ],
)
def test_anything_else_is_no_version(text: str) -> None:
    with pytest.raises(InvalidVersionError, match=r"is not a version such as 1\.2\.0"):
        Version.parse(text)


def test_what_is_no_version_is_shown_short_and_without_hidden_characters() -> None:
    with pytest.raises(InvalidVersionError) as caught:
        Version.parse("\x1b[31m" + "9" * 100)
    assert caught.value.what == rf"\x1b[31m{'9' * 55}… is not a version such as 1.2.0."


@given(st.builds(Version, BUMPABLE, BUMPABLE, BUMPABLE), st.sampled_from(Bump))
def test_every_type_of_release_gives_a_greater_version_and_a_larger_type_a_greater_one(
    version: Version, bump: Bump
) -> None:
    assert version.bumped(bump) > version
    assert version.bumped(Bump.MAJOR) > version.bumped(Bump.MINOR) > version.bumped(Bump.PATCH)


@pytest.mark.parametrize(("bump", "expected"), [("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")])
def test_a_type_raises_its_number_and_clears_those_after_it(bump: str, expected: str) -> None:
    assert str(Version(1, 2, 3).bumped(Bump(bump))) == expected


def test_numbers_are_compared_as_numbers() -> None:
    written = ["0.9.0", "0.10.0", "1.0.0", "1.0.9", "1.0.10", "1.10.0", "9.0.0", "10.0.0"]
    assert [str(version) for version in sorted(map(Version.parse, reversed(written)))] == written


@pytest.mark.parametrize(
    ("tag", "prefix", "version"),
    [
        ("v1.2.0", "v", "1.2.0"),
        ("1.2.0", "", "1.2.0"),
        ("release-1.2.0", "release-", "1.2.0"),
        ("1.2.0", "v", None),
        ("v1.2.0", "", None),
        ("vv1.2.0", "v", None),
        ("v1.2.0-rc.1", "v", None),
        ("v1.2", "v", "1.2.0"),
        ("v1", "v", None),
        ("v1.2.3.4", "v", None),
        ("v01.2", "v", None),
        ("api/v1.2.0", "api/v", "1.2.0"),
        ("@shop/api@1.2.0", "@shop/api@", "1.2.0"),
        ("v", "v", None),
        ("", "v", None),
    ],
)
def test_a_release_tag_is_the_prefix_and_a_version(tag: str, prefix: str, version: str | None) -> None:
    found = version_of_tag(tag, prefix)
    assert (str(found) if found else None) == version


@pytest.mark.parametrize(
    ("text", "bump"),
    [("999999999.0.0", Bump.MAJOR), ("1.999999999.0", Bump.MINOR), ("1.0.999999999", Bump.PATCH)],
)
def test_no_version_is_made_that_could_not_be_read_again(text: str, bump: Bump) -> None:
    with pytest.raises(InvalidVersionError):
        Version.parse(text).bumped(bump)
