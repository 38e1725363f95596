"""The fragments of towncrier, changie and changesets: what each says and demands."""

from collections import Counter

import pytest

from sentinel.core.candidate.changelog_sources import fragment_entries, is_fragment
from sentinel.core.candidate.version import Planned, Published, plan_entries
from sentinel.core.values.semver import Bump, Version
from sentinel.errors.version import VersionTooSmallError

CHANGESET = '---\n"@shop/api": {size}\n---\n\nVouchers\n'
CHANGIE = "kind: {kind}\nbody: Vouchers\ntime: 2026-01-01T00:00:00Z\n"
DEMANDS = {
    "changelog.d/12.feature.md": ("Vouchers\n", "minor"),
    "changelog.d/12.bugfix.rst": ("Rounding\n", "patch"),
    "changelog.d/12.bugfix.1.rst": ("Rounding\n", "patch"),
    "changelog.d/+brave.fixed.md": ("Rounding\n", "patch"),
    "newsfragments/12.removal": ("The till\n", "major"),
    "newsfragments/12.breaking.md": ("The till\n", "major"),
    "newsfragments/12.deprecation.md": ("The till\n", "minor"),
    "newsfragments/12.doc.md": ("The till\n", "patch"),
    "newsfragments/12.misc.md": ("", "patch"),
    "newsfragments/12.vendor.md": ("x\n", "patch"),
    "newsfragments/12.bugfix.md": ("**Breaking:** the till\n", "major"),
    ".changeset/brave-cats-dance.md": (CHANGESET.format(size="minor"), "minor"),
    ".changeset/calm-dogs.md": (CHANGESET.format(size="patch"), "patch"),
    ".changeset/wild-dogs.md": ('---\n"a": patch\nb: major\n---\nx\n', "major"),
    ".changes/unreleased/Added-1.yaml": (CHANGIE.format(kind="Added"), "minor"),
    ".changes/unreleased/Fixed-1.yaml": ("kind: Fixed\nbody: |-\n  Rounding\n  of prices\n", "patch"),
    ".changes/unreleased/Removed-1.yml": (CHANGIE.format(kind='"Removed"'), "major"),
}


def planned(files: dict[str, str], requested: Bump, past: dict[str, str] | None = None) -> Planned | None:
    return plan_entries(
        requested=requested,
        entries=fragment_entries(files),
        past=Counter(entry.key for entry in fragment_entries(past or {})),
        published=Published(newest=Version(1, 2, 0)),
    )


@pytest.mark.parametrize("requested", Bump)
@pytest.mark.parametrize(("path", "written"), DEMANDS.items(), ids=DEMANDS)
def test_a_fragment_demands_what_its_tool_means(path: str, written: tuple[str, str], requested: Bump) -> None:
    text, demanded = written
    if requested.rank < Bump(demanded).rank:
        with pytest.raises(VersionTooSmallError, match=f"demands {demanded}"):
            planned({path: text}, requested)
        return
    found = planned({path: text}, requested)
    assert found is not None
    assert path in found.reason


@pytest.mark.parametrize(
    "path",
    [
        ".changeset/README.md",
        ".changeset/config.json",
        "changelog.d/.gitkeep",
        "changelog.d/.gitignore",
        "changelog.d/_template.md",
        "changelog.d/template.rst",
        "changelog.d/changelog_template.jinja",
        "changelog.d/README",
    ],
)
def test_what_only_lies_beside_them_is_no_fragment(path: str) -> None:
    assert not is_fragment(path)
    assert planned({path: "Added\n"}, Bump.MAJOR) is None


def test_a_changeset_that_names_no_package_releases_nothing() -> None:
    assert planned({".changeset/empty.md": "---\n---\n\nNothing for users\n"}, Bump.MAJOR) is None


def test_fragments_that_the_newest_tag_has_are_released() -> None:
    old, new = {"changelog.d/1.feature.md": "Vouchers\n"}, {"changelog.d/2.bugfix.md": "Rounding\n"}
    assert planned(old, Bump.MAJOR, past=old) is None
    found = planned({**old, **new}, Bump.PATCH, past=old)
    assert found is not None
    assert [entry.text for entry in found.entries] == ["Rounding"]


def test_a_block_of_text_is_read_whole() -> None:
    (entry,) = fragment_entries({"a/x.yaml": "kind: Fixed\nbody: |-\n  Rounding\n  of prices\ntime: x\n"})
    assert entry.key == (("Fixed",), "Rounding of prices")
