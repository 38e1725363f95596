"""Versions and commits that manifests and artifacts name, compared with the release."""

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.core.values.printable import printable
from sentinel.errors.command import ForeignRevisionError

_WHEEL = re.compile(r"[A-Za-z0-9_.]+-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_NAMED = re.compile(
    r"[A-Za-z0-9_.@-]{1,100}?-v?(?P<version>\d+(?:\.\d+)+(?:[-.+]?[A-Za-z0-9.]{1,40}?)?)\.(?:tar\.gz|tgz|crate|gem)"
)
_NUMBERS = re.compile(r"\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?\s*")
_UNSET = ("0.0.0", "0.0", "0")
"""The placeholders in manifests of tools that compute the version themselves."""
_DOT_LIMIT = 500


class NamedVersion(NamedTuple):
    where: str
    version: str


def differing_versions(version: str, manifests: Mapping[str, str], artifacts: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each place that names a version other than the release's.

    If artifacts name versions, manifests of the sources do not count: the artifacts are what is deployed.
    """
    built = list(_of_artifacts(artifacts))
    named = built or [found for file, text in sorted(manifests.items()) for found in _of_manifest(file, text)]
    return tuple(
        f"{printable(found.where, limit=80)} names version {printable(found.version, limit=40)}, not {version}."
        for found in named
        if not _same(found.version, version)
    )


def _of_artifacts(names: Iterable[str]) -> Iterator[NamedVersion]:
    for path in names:
        name = path.rpartition("/")[2]
        match = _WHEEL.fullmatch(name) or _NAMED.fullmatch(name)
        if match is not None:
            yield NamedVersion(name, match["version"])


def _of_manifest(file: str, text: str) -> Iterator[NamedVersion]:
    try:
        document = _READERS[file](text)
    except (ValueError, RecursionError):
        return
    for keys in _PLACES[file]:
        found: object = document
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, str) and found.partition("-")[0] not in _UNSET:
            yield NamedVersion(file, found)


def _toml(text: str) -> object:
    if any(line.count(".") > _DOT_LIMIT for line in text.split("\n")):
        raise ValueError("a key of so many parts")
    return tomllib.loads(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "pyproject.toml": _toml,
    "Cargo.toml": _toml,
    "package.json": json.loads,
}
_PLACES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pyproject.toml": (("project", "version"), ("tool", "poetry", "version")),
    "Cargo.toml": (("package", "version"), ("workspace", "package", "version")),
    "package.json": (("version",),),
}
MANIFESTS = tuple(_PLACES)


def _same(named: str, version: str) -> bool:
    match = _NUMBERS.fullmatch(named)
    return match is not None and ".".join(number or "0" for number in match.groups()) == version


def with_revision(artifact: Artifact, named: tuple[NamedCommit, ...], commit: str, known: Collection[str]) -> Artifact:
    """The artifact with `commit`, if it names that one; `known` are the commits of the repository.

    A commit that the repository never had belongs to something bundled, and does not count. Raises
    ForeignRevisionError if the artifact names only other commits of the repository.
    """
    if any(one.commit == commit for one in named):
        return artifact.model_copy(update={"revision": commit})
    other = next((one for one in named if one.commit in known), None)
    if other is not None:
        raise foreign_revision(artifact, other, commit)
    return artifact


def foreign_revision(artifact: Artifact, named: NamedCommit, commit: str) -> ForeignRevisionError:
    return ForeignRevisionError(name=artifact.name, place=named.place, found=named.commit[:12], expected=commit[:12])
