"""What `sentinel init` sees of a repository's files: read within bounds, and never outside of the repository."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from sentinel.adapters.git.location import read_small

SIZE_LIMIT = 256 * 1024
"""Bytes of one file: manifests written by people have a few kilobytes."""
FILE_LIMIT = 200
"""Files of one kind that are read."""
DOT_LIMIT = 500
"""Dots on one line of TOML: the time that tomllib takes for a dotted key grows with their square."""
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Source:
    """`notes` collects what people should know about files that could not be read."""

    root: Path
    notes: list[str] = field(default_factory=list)

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def text(self, path: str) -> str:
        """A file's text; empty if there is none, or if a link leads out of the repository."""
        return self._within_limit(path).decode(errors="replace")

    def texts(self, pattern: str) -> Iterator[str]:
        """The texts of the files at the root that match."""
        names = sorted(path.name for path in self.root.glob(pattern))
        return (self.text(name) for name in islice(names, FILE_LIMIT))

    def json(self, path: str) -> Table:
        """Empty where there is no such document."""
        return self._document(path, "JSON", json.loads)

    def toml(self, path: str) -> Table:
        """Empty where there is no such document."""
        return self._document(path, "TOML", _parse_toml)

    def _document(self, path: str, format: str, parse: Callable[[str], object]) -> Table:
        raw = self._within_limit(path)
        if not raw:
            return {}
        try:
            document = parse(raw.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            self.notes.append(f"{path} is not valid {format}; `sentinel init` ignored it.")
            return {}
        return document if isinstance(document, dict) else {}

    def _within_limit(self, path: str) -> bytes:
        try:
            target = (self.root / path).resolve()
        except (OSError, RuntimeError):  # a link that leads to itself
            return b""
        raw = read_small(target, SIZE_LIMIT + 1) if target.is_relative_to(self.root) else b""
        if len(raw) > SIZE_LIMIT:
            self.notes.append(f"{path} is larger than {SIZE_LIMIT} bytes; `sentinel init` ignored it.")
            return b""
        return raw


def _parse_toml(text: str) -> object:
    if any(line.count(".") > DOT_LIMIT for line in text.split("\n")):
        raise ValueError("a key of too many parts")
    return tomllib.loads(text)


def within(table: Table, *keys: str) -> Table:
    """The table at `keys`; empty if something else is there."""
    for key in keys:
        found = table.get(key)
        table = found if isinstance(found, dict) else {}
    return table


Facts = frozenset[str]
"""Paths that exist, and findings such as `npm:build`, which have a colon."""

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "requirements-test.txt")
TEST_EXTRAS = ("test", "tests", "testing", "dev")
"""Extras and groups in which Python projects declare what their tests need, in the order of the search."""
OUTPUTS: Mapping[str, str] = MappingProxyType(
    {
        "next": ".next/**",
        "react-scripts": "build/**",
        "nuxt": ".output/**",
        "@sveltejs/kit": "build/**",
        "gatsby": "public/**",
        "@docusaurus/core": "build/**",
        "@11ty/eleventy": "_site/**",
    }
)
"""npm packages whose builds do not write to `dist`, with where they write."""

_INTO = r"(?:\./)?(dist|bin|out|build)"
_OUTPUT = re.compile(rf"(?<![\w./-]){_INTO}/|=[ \t]*{_INTO}/?[ \t]*$", re.MULTILINE)
_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_PYTEST = re.compile(r"(?<![\w-])pytest(?!\w)")
_INCLUDE = re.compile(r"^[ \t]*include\b", re.MULTILINE)


def look(source: Source, paths: frozenset[str]) -> Facts:
    """Which of `paths` exist, and what each reader below finds."""
    return frozenset((*filter(source.has, paths), *(fact for reader in _READERS for fact in reader(source))))


def _make(source: Source) -> Iterator[str]:
    text = next(filter(None, map(source.text, MAKEFILES)), "")
    if not text:
        return
    targets = {*_targets(text)}
    yield "make:file"
    yield from (f"make:{target}" for target in targets & {"all", "build", "check", "test"})
    yield from (f"make:first {name}" for name in _first_of(targets, "setup", "deps", "bootstrap"))
    outputs = {name for names in _OUTPUT.findall(text) for name in names}
    yield from (f"make:into {name}" for name in _first_of(outputs, "dist", "bin", "out", "build"))


def _targets(makefile: str) -> Iterator[str]:
    """What is before the colon of a rule; an assignment is no rule."""
    for line in makefile.split("\n"):
        names, colon, rest = line.partition(":")
        if colon and not line.startswith(("\t", "#")) and "=" not in names and not rest.lstrip(":").startswith("="):
            yield from names.split()


def _node(source: Source) -> Iterator[str]:
    package = source.json("package.json")
    scripts = within(package, "scripts")
    if isinstance(scripts.get("build"), str):
        yield "npm:build"
    # `npm init` writes this script if there are no tests.
    if isinstance(test := scripts.get("test"), str) and "no test specified" not in test:
        yield "npm:test"
    dependencies = {*within(package, "dependencies"), *within(package, "devDependencies")}
    yield from (f"npm:uses {name}" for name in _first_of(dependencies, *OUTPUTS))


def _python(source: Source) -> Iterator[str]:
    project = source.toml("pyproject.toml")
    poetry, has_setup = within(project, "tool", "poetry"), source.has("setup.py")
    if poetry:
        yield "py:poetry"
    if poetry or has_setup or "project" in project or "build-system" in project:
        yield "py:project"
    if _makes_wheel(source, project, has_setup=has_setup):
        yield "py:wheel"
    extras = {*within(project, "project", "optional-dependencies"), *within(poetry, "extras")}
    yield from (f"py:extra {name}" for name in _first_of(extras, *TEST_EXTRAS) or ("none",))
    yield from (f"py:group {name}" for name in _first_of({*within(project, "dependency-groups")}, *TEST_EXTRAS))
    mentions = map(source.text, ("pyproject.toml", "setup.cfg", "tox.ini", *REQUIREMENTS))
    marks = map(source.has, ("pytest.ini", "conftest.py", "tests/conftest.py"))
    if any(marks) or any(map(_PYTEST.search, mentions)):
        yield "py:pytest"


def _makes_wheel(source: Source, project: Table, *, has_setup: bool) -> bool:
    """Unlike pip, uv builds nothing without a build system. The settings of uv and Poetry can turn the build off."""
    switched_off = (
        within(project, "tool", "poetry").get("package-mode") is False
        or within(project, "tool", "uv").get("package") is False
    )
    by_pip = "project" in project and not source.has("uv.lock")
    return not switched_off and (has_setup or "build-system" in project or by_pip)


def _go(source: Source) -> Iterator[str]:
    if source.has("cmd") or any(map(_MAIN.search, source.texts("*.go"))):
        yield "go:program"


def _rust(source: Source) -> Iterator[str]:
    cargo = source.toml("Cargo.toml")
    if "workspace" in cargo or "bin" in cargo or any(map(source.has, ("src/main.rs", "src/bin"))):
        yield "rust:program"


def _java(source: Source) -> Iterator[str]:
    if "<modules>" in source.text("pom.xml"):
        yield "maven:modules"
    settings = ("settings.gradle", "settings.gradle.kts")
    if any(map(source.has, (*settings, "build.gradle", "build.gradle.kts"))):
        yield "gradle:project"
    if any(_INCLUDE.search(source.text(name)) for name in settings):
        yield "gradle:modules"


def _first_of(found: Set[str], *wanted: str) -> tuple[str, ...]:
    """The first of `wanted` that was found: several names mean the same thing."""
    return tuple(name for name in wanted if name in found)[:1]


_READERS: tuple[Callable[[Source], Iterator[str]], ...] = (_make, _node, _python, _go, _rust, _java)
