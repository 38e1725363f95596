"""Sources of what changed besides a written changelog: fragments in a folder, and conventional commits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sentinel.core.candidate.changelog import Entry
from sentinel.core.candidate.changelog_text import breaks, plain, says_nothing

FOLDERS = ("changelog.d", "newsfragments", "news", "changes", ".changes/unreleased", ".changeset", "docs/changelog.d")
"""The folders in which these tools keep fragments by default."""
_PACKAGE = re.compile(r"""["']?(?P<name>[^"':#\s][^"':]*)["']?\s*:\s*["']?(?P<size>major|minor|patch|none)["']?""")
_KIND = re.compile(r"kind:\s*(.+)")
_BODY = re.compile(r"body:\s*(.*)")
_TYPED = re.compile(r"[^.].*?\.(?P<type>[A-Za-z][A-Za-z_-]{1,30})(?:\.\d+)?(?:\.(?:md|rst|txt))?")
_TEMPLATE = re.compile(r"(?:readme|template|_template|towncrier_template|\.).*", re.IGNORECASE)
_SUFFIXES = ("", ".md", ".rst", ".txt", ".yaml", ".yml")
_SIZES = ("major", "minor", "patch")


def is_fragment(path: str) -> bool:
    """Whether a file of the folder is a fragment by its name; a README, a template or a tool's settings is not."""
    name = path.rpartition("/")[2]
    if _TEMPLATE.fullmatch(name) or name.endswith((".j2", ".jinja", ".jinja2", ".json")):
        return False
    return name.endswith(_SUFFIXES[1:]) or _TYPED.fullmatch(name) is not None


def fragment_entries(files: Mapping[str, str]) -> tuple[Entry, ...]:
    """The entries of the fragments in a folder, by their paths."""
    return tuple(entry for path in sorted(files) if is_fragment(path) for entry in _entries(path, files[path]))


def _entries(path: str, text: str) -> Iterator[Entry]:
    lines = text.removeprefix("\ufeff").splitlines()
    if lines[:1] == ["---"]:
        yield from _changeset(path, lines[1:])
    elif path.endswith((".yaml", ".yml")):
        yield from _changie(path, lines)
    else:
        typed = _TYPED.fullmatch(path.rpartition("/")[2])
        yield from _entry(path, typed["type"] if typed else "", lines)


def _changeset(path: str, lines: list[str]) -> Iterator[Entry]:
    """The largest bump that it gives to any package; one that names no package releases nothing."""
    end = lines.index("---") if "---" in lines else len(lines)
    sizes = {match["size"] for line in lines[:end] if (match := _PACKAGE.fullmatch(line.strip())) is not None}
    size = next((size for size in _SIZES if size in sizes), None)
    if size is not None:
        yield from _entry(path, f"{size.capitalize()} Changes", lines[end + 1 :])


def _changie(path: str, lines: list[str]) -> Iterator[Entry]:
    kind = next((match[1] for line in lines if (match := _KIND.fullmatch(line.rstrip())) is not None), "")
    for index, line in enumerate(lines):
        if (body := _BODY.fullmatch(line.rstrip())) is not None:
            first = "" if body[1] in ("|", "|-", "|+", ">", ">-", ">+") else body[1].strip("\"'")
            yield from _entry(path, kind.strip("\"' "), [first, *_indented(lines[index + 1 :])])
            return


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith(" "):
            return
        yield line


def _entry(path: str, category: str, lines: list[str]) -> Iterator[Entry]:
    raw = " ".join(lines)
    text = plain(raw) or path.rpartition("/")[2]
    if says_nothing(text):
        return
    heading = (category.replace("_", " "),) if category else ()
    yield Entry(heading, text, breaking=any(map(breaks, lines)), where=path)


_SUBJECT = re.compile(r"(?P<type>[A-Za-z]{1,20})(?:\((?P<scope>[^()]{0,80})\))?(?P<breaks>!)?:[ \t]+(?P<text>\S.*)")
_FOOTER = re.compile(r"^BREAKING[ -]CHANGE:[ \t]", re.MULTILINE)
_HEADINGS = {
    "feat": "Features",
    "fix": "Bug Fixes",
    "perf": "Performance",
    "refactor": "Refactor",
    "revert": "Reverts",
}
BREAKING = "Breaking Changes"


def is_conventional(subject: str) -> bool:
    """Whether a commit's first line has the form of Conventional Commits."""
    return _SUBJECT.fullmatch(subject.strip()) is not None


class Commit(NamedTuple):
    id: str
    message: str


def commit_entries(commits: Iterable[Commit]) -> tuple[Entry, ...]:
    """An entry for each commit that asks for a release, in the order of `commits`."""
    return tuple(entry for commit in commits if (entry := _commit_entry(commit)) is not None)


def _commit_entry(commit: Commit) -> Entry | None:
    subject, _, body = commit.message.strip().partition("\n")
    match = _SUBJECT.fullmatch(subject.strip())
    if match is None:
        return None
    breaking = match["breaks"] is not None or _FOOTER.search(body) is not None
    heading = BREAKING if breaking else _HEADINGS.get(match["type"].lower())
    if heading is None:
        return None
    scope = f"{match['scope']}: " if match["scope"] else ""
    return Entry((heading,), f"{scope}{match['text']}", breaking=breaking, where=f"commit {commit.id[:12]}")
