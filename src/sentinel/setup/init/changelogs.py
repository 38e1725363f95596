"""Where a repository writes what a release changes: a file, fragments, or its commits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sentinel.core.candidate.changelog import parse_changelog
from sentinel.core.candidate.changelog_sources import FOLDERS, is_conventional, is_fragment
from sentinel.core.values.printable import printable
from sentinel.errors.version import ChangelogMissingError, ChangelogSizeError
from sentinel.setup.init.facts import Source, within

DEFAULT = "CHANGELOG.md"
_NAMES = ("changelog", "changes", "history", "news", "releasenotes", "releases")
_SUFFIXES = ("md", "rst", "txt", "markdown", "")
_PLACES = ("", "docs", "doc", "docs/source", ".github")
_COMMIT_TOOLS = ("cliff.toml", ".cliff.toml", ".cz.toml", "cz.toml", ".cz.json", ".cz.yaml", ".releaserc", ".versionrc")
_COMMIT_TOOLS_MORE = (".releaserc.json", ".releaserc.yml", ".releaserc.yaml", ".versionrc.json", "release.config.js")
_FRAGMENT_TOOLS = {".changeset/config.json": ".changeset", ".changie.yaml": ".changes/unreleased"}
_OTHER_FRAGMENTS = (
    "changelogs/fragments",
    "changelogs/unreleased",
    "changelog/unreleased",
    "changelog_unreleased",
    "changelog-fragments",
    "docs/changelog-fragments",
    "releasenotes/notes",
    ".changelog",
    ".chloggen",
    ".sampo/changesets",
    ".unreleased",
    "unreleased",
)
"""Fragments of other tools, in formats that Sentinel does not read."""
_SHARE = 0.6
"""Of the newest commits that must be conventional, if no tool says that they are."""
_LEAST = 10


@dataclass(frozen=True, slots=True)
class ChangelogFound:
    """`note` is what people should know about it, if anything."""

    source: Literal["file", "conventional-commits", "fragments"] = "file"
    file: str = DEFAULT
    folder: str = FOLDERS[0]
    note: str = ""


def find_changelog(source: Source, subjects: Sequence[str]) -> ChangelogFound:
    """`subjects` are those of the newest commits. Never proposes a second changelog beside an existing one."""
    file = next(_files(source), None)
    folder = next(_folders(source), None)
    if folder is not None:
        note = f"{folder} holds the fragments that name the version"
        built = f'; where a tool builds {file} from them before a release, set `source` to "file"' if file else ""
        return ChangelogFound("fragments", file or DEFAULT, folder, f"{note}{built}.")
    other = next((place for place in _OTHER_FRAGMENTS if any(source.root.joinpath(place).glob("*"))), None)
    if other is not None:
        built = file or DEFAULT
        unread = f"{other} seems to hold fragments in a format that Sentinel cannot read"
        note = f"{unread}: build {built} from them before a release."
        return ChangelogFound(file=built, note=note)
    if file is not None:
        return ChangelogFound(file=file, note=_unread(source, file))
    if _writes_conventional_commits(source, subjects):
        note = "The commits name the version, since they are Conventional Commits and there is no changelog."
        return ChangelogFound("conventional-commits", note=note)
    return ChangelogFound()


def _files(source: Source) -> Iterator[str]:
    """The files with the name of a changelog, as they are spelt: the root first, then the most common name."""
    for place in _PLACES:
        folder = source.root / place
        if not folder.is_dir():
            continue
        found = {}
        for path in sorted(folder.iterdir()):
            name, _, suffix = path.name.lower().partition(".")
            name = re.sub(r"[-_ ]", "", name)
            if name in _NAMES and suffix in _SUFFIXES and (file := _regular(source.root, path)) is not None:
                found[_NAMES.index(name), _SUFFIXES.index(suffix), path.name != DEFAULT, path.name] = file
        yield from (found[key] for key in sorted(found))


def _regular(root: Path, path: Path) -> str | None:
    """The path in the repository; of a link its target, because releases read files from git."""
    target = path.resolve() if path.is_symlink() else path
    return target.relative_to(root).as_posix() if target.is_file() and target.is_relative_to(root) else None


def _folders(source: Source) -> Iterator[str]:
    """Folders of fragments, by the settings of their tools or by the files in them."""
    named = within(source.toml("pyproject.toml"), "tool", "towncrier").get("directory")
    own = within(source.toml("towncrier.toml"), "tool", "towncrier").get("directory")
    for folder in (named, own):
        if isinstance(folder, str) and source.has(folder):
            yield folder.strip("/")
    yield from (folder for tool, folder in _FRAGMENT_TOOLS.items() if source.has(tool))
    for folder in FOLDERS:
        place = source.root / folder
        if place.is_dir() and any(path.is_file() and is_fragment(path.name) for path in place.iterdir()):
            yield folder


def _unread(source: Source, file: str) -> str:
    try:
        read = parse_changelog(source.text(file), file=file).sections
    except (ChangelogMissingError, ChangelogSizeError):
        return ""
    if read:
        return ""
    return f'Sentinel found no version in {printable(file)}: write what is new under "## [Unreleased]" in it.'


def _writes_conventional_commits(source: Source, subjects: Sequence[str]) -> bool:
    tools = within(source.toml("pyproject.toml"), "tool")
    if any(source.has(name) for name in (*_COMMIT_TOOLS, *_COMMIT_TOOLS_MORE)):
        return True
    if not {"commitizen", "semantic_release", "git-cliff"}.isdisjoint(tools) or within(
        source.json("package.json"), "release"
    ):
        return True
    written = sum(map(is_conventional, subjects))
    return written >= _LEAST and written >= _SHARE * len(subjects)
