"""Changelogs for tests, and what is planned from them."""

from sentinel.core.candidate.version import plan_version
from sentinel.core.values.semver import Bump, Version

HEADER = "# Changelog\n\nAll notable changes.\n"


def unreleased(*entries: tuple[str, str], released: str = "") -> str:
    """A changelog whose Unreleased section has (category, text) entries, above what is `released`."""
    return f"{HEADER}\n{section('[Unreleased]', *entries)}\n{released}"


def section(heading: str, *entries: tuple[str, str]) -> str:
    listed = "".join(f"\n### {category}\n- {text}\n" for category, text in entries)
    return f"## {heading}\n{listed}"


def plan(
    changelog: str,
    requested: str = "major",
    *,
    newest: str | None = "1.1.0",
    before: str | None = None,
    retired: tuple[str, ...] = (),
) -> str:
    """The version planned for a release after `newest`, at whose tag the changelog was `before`."""
    version = plan_version(
        requested=Bump(requested),
        changelog=changelog,
        newest=Version.parse(newest) if newest else None,
        changelog_at_newest=before,
        retired=frozenset(map(Version.parse, retired)),
    )
    return str(version)
