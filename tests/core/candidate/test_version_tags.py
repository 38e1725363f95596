"""Tags as versions: in which form they are read, which are released, taken or left, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.version_tags import (
    Production,
    TagNames,
    common_prefix,
    pre_release_of_tag,
    read_tags,
    version_of_tag,
)
from sentinel.core.proof.checkpoint import TagObject
from sentinel.core.values.semver import Version
from sentinel.errors.version import ForeignTagsError, UnreadTagsError

NOTHING = Production()


def version(text: str) -> Version:
    return Version.parse(text)


def names(*contained: str, elsewhere: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> TagNames:
    return TagNames(frozenset(contained), frozenset(elsewhere), frozenset(own))


NEWEST = {
    "numbers": (("v1.9.0", "v1.10.0"), "v", "v1.10.0"),
    "two numbers": (("v4.2", "v4.3"), "v", "v4.3"),
    "two numbers and three": (("v4.3", "v4.3.1"), "v", "v4.3.1"),
    "the same version twice": (("v4.3", "v4.3.0"), "v", "v4.3.0"),
    "pre-releases": (("v1.0.0", "v1.1.0-rc.1", "v1.1.0rc2", "v1.1.0.beta1"), "v", "v1.0.0"),
    "no prefix": (("3.4.0", "3.4.1"), "", "3.4.1"),
    "a folder": (("api/v1.0.0", "web/v7.0.0", "v9.0.0"), "api/v", "api/v1.0.0"),
    "a package": (("@shop/api@1.0.0", "@shop/web@7.0.0"), "@shop/api@", "@shop/api@1.0.0"),
    "other tags": (("nightly", "v1.0.0", "v2026-01-01"), "v", "v1.0.0"),
}


@pytest.mark.parametrize(("tags", "prefix", "newest"), NEWEST.values(), ids=NEWEST)
def test_the_newest_release_is_the_highest_version_in_the_form_of_the_policy(
    tags: tuple[str, ...], prefix: str, newest: str
) -> None:
    found = read_tags(names(*tags), prefix, NOTHING)
    assert found.newest_tag == newest
    assert found.published.newest == version_of_tag(newest, prefix)


@pytest.mark.parametrize(
    ("tag", "before"),
    [
        ("v1.3.0-rc.1", "1.3.0"),
        ("v1.3.0rc1", "1.3.0"),
        ("v1.3.0.beta2", "1.3.0"),
        ("v1.3-alpha", "1.3.0"),
        ("v1.3.0", None),
        ("v1.3.0.1", None),
        ("w1.3.0-rc.1", None),
    ],
)
def test_the_tag_of_a_pre_release_names_the_version_to_come(tag: str, before: str | None) -> None:
    found = pre_release_of_tag(tag, "v")
    assert (str(found) if found else None) == before


def test_a_tag_outside_of_the_branch_takes_its_version() -> None:
    found = read_tags(names("v1.1.0", elsewhere=("v1.2.0",)), "v", NOTHING).published
    assert (found.newest, found.taken) == (version("1.1.0"), {version("1.2.0"): "v1.2.0"})


def test_without_a_release_on_the_branch_the_newest_anywhere_counts() -> None:
    assert read_tags(names(elsewhere=("v1.2.0", "v1.1.0")), "v", NOTHING).newest_tag == "v1.2.0"


def test_a_version_that_was_tagged_in_another_plain_form_is_taken() -> None:
    found = read_tags(names("v1.1.0", "1.2.0", "helm-1.3.0"), "v", NOTHING).published
    assert (found.newest, found.taken) == (version("1.1.0"), {version("1.2.0"): "1.2.0"})


def test_what_only_the_daemon_has_and_never_published_is_left_over_and_counts_for_nothing() -> None:
    found = read_tags(names("v1.0.0", "v1.1.0", elsewhere=("v1.2.0",), own=("v1.1.0", "v1.2.0")), "v", NOTHING)
    assert (found.newest_tag, found.published.taken) == ("v1.0.0", {})
    assert set(found.leftover) == {"v1.1.0", "v1.2.0"}


def test_what_was_published_and_production_does_not_run_is_not_what_is_counted_from() -> None:
    published = frozenset(map(version, ("1.2.0", "1.3.0")))
    rolled_back = Production(published, frozenset({version("1.2.0")}), version("1.2.0"))
    found = read_tags(names("v1.2.0", "v1.3.0", own=("v1.2.0", "v1.3.0")), "v", rolled_back)
    assert found.newest_tag == "v1.2.0"
    assert found.published.left == {version("1.3.0")}
    afterwards = Production(published | {version("1.3.1")}, frozenset({version("1.3.1")}), version("1.3.1"))
    assert read_tags(names("v1.2.0", "v1.3.0", "v1.3.1"), "v", afterwards).published.left == frozenset()


@pytest.mark.parametrize(
    ("released", "coming"), [(("v1.2.0",), "1.3.0"), (("v1.2.0", "v1.3.0"), None), ((), "1.3.0"), (("v1.4.0",), None)]
)
def test_a_pre_release_counts_until_its_version_or_a_later_one_is_released(
    released: tuple[str, ...], coming: str | None
) -> None:
    found = read_tags(names("v1.3.0-rc.1", *released), "v", NOTHING).published.pre_release
    assert (str(found) if found else None) == coming


FOREIGN = {
    "no prefix": (("3.4.0", "3.4.1"), "v", '"v". Write `prefix = ""` under', "git tag v3.4.1 3.4.1^{}"),
    "a prefix": (("v3.4.0",), "", '"". Write `prefix = "v"` under', "git tag 3.4.0 v3.4.0^{}"),
    "a folder": (("api/v1.1.0",), "v", '"v". Write `prefix = "api/v"` under', "git tag v1.1.0 api/v1.1.0^{}"),
    "a package": (("@shop/api@1.1.0",), "v", 'prefix = "@shop/api@"', "git tag v1.1.0 @shop/api@1.1.0^{}"),
    "most of several": (("a-1.0.0", "b-1.0.0", "b-1.1.0"), "v", 'prefix = "b-"', "git tag v1.1.0 b-1.1.0^{}"),
}


@pytest.mark.parametrize(("tags", "prefix", "key", "command"), FOREIGN.values(), ids=FOREIGN)
def test_tags_in_another_form_alone_are_refused_with_the_key_that_reads_them(
    tags: tuple[str, ...], prefix: str, key: str, command: str
) -> None:
    for given_names in (names(*tags), names(elsewhere=tags)):
        with pytest.raises(ForeignTagsError) as caught:
            read_tags(given_names, prefix, NOTHING)
        assert key in str(caught.value)
        assert command in caught.value.fix
        words = command.split()
        assert read_tags(names(*tags, words[2]), prefix, NOTHING).newest_tag == words[2]


@pytest.mark.parametrize(
    ("tag", "same"),
    [("2026.02.0", "2026.2.0"), ("v1.2.0.1", "v1.2.0"), ("v01.2", "v1.2.0"), ("2026.01.15", "2026.1.15")],
)
def test_tags_that_are_no_semantic_versions_are_refused_with_one_that_is(tag: str, same: str) -> None:
    prefix = "v" if tag.startswith("v") else ""
    with pytest.raises(UnreadTagsError) as caught:
        read_tags(names(tag), prefix, NOTHING)
    assert f"`git tag {same} {tag}^{{}}`" in caught.value.fix
    assert read_tags(names(tag, same), prefix, NOTHING).newest_tag == same


@pytest.mark.parametrize("tags", [(), ("nightly", "latest"), ("v1.3.0-rc.1",), ("start",)])
def test_a_repository_without_releases_has_none(tags: tuple[str, ...]) -> None:
    assert read_tags(names(*tags), "v", NOTHING).newest_tag is None


@pytest.mark.parametrize(
    ("tags", "prefix"),
    [
        (("1.0.0", "v1.1.0", "v1.2.0"), "v"),
        (("api/v1.0.0", "1.0.0"), ""),
        (("release-1.0.0",), "release-"),
        (("nightly",), None),
        ((), None),
    ],
)
def test_the_form_of_most_tags_is_that_of_the_repository(tags: tuple[str, ...], prefix: str | None) -> None:
    assert common_prefix(tags) == prefix


PREFIXES = st.sampled_from(["", "v", "release-", "api/v", "@shop/api@"])
VERSIONS = st.builds(Version, *[st.integers(0, 12)] * 3)


@given(PREFIXES, st.frozensets(VERSIONS), st.frozensets(VERSIONS), st.frozensets(VERSIONS))
def test_no_version_that_exists_is_free(
    prefix: str, contained: frozenset[Version], elsewhere: frozenset[Version], retired: frozenset[Version]
) -> None:
    tags = names(
        *(f"{prefix}{one}" for one in contained), elsewhere=tuple(f"{prefix}{one}" for one in elsewhere - contained)
    )
    published = read_tags(tags, prefix, Production(retired)).published
    for one in elsewhere | retired:
        newest = published.newest
        assert not published.is_free(one) or (newest is not None and one <= newest)


def test_a_tag_with_a_folder_in_its_name_is_a_plain_file_in_a_bundle() -> None:
    assert TagObject("@shop/api@1.2.0", b"").file_name == "%40shop%2Fapi%401.2.0"
    assert TagObject("v1.2.0", b"").file_name == "v1.2.0"
