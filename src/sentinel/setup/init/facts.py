"""What the contents of a repository's manifests tell about how it is built, as facts for the table (stacks.py)."""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from types import MappingProxyType

from sentinel.setup.init.source import Source, Table, within
from sentinel.setup.init.stack import Facts

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "requirements-test.txt")
TEST_EXTRAS = ("test", "tests", "testing", "dev")
"""Names under which Python projects keep what their tests need, in the order in which they are tried."""
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
"""npm packages whose builds do not end in `dist`, with where they do."""

_INTO = r"(?:\./)?(dist|bin|out|build)"
_OUTPUT = re.compile(rf"(?<![\w./-]){_INTO}/|=[ \t]*{_INTO}/?[ \t]*$", re.MULTILINE)
_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_PYTEST = re.compile(r"(?<![\w-])pytest(?!\w)")
_INCLUDE = re.compile(r"^[ \t]*include\b", re.MULTILINE)


def look(source: Source, paths: frozenset[str]) -> Facts:
    """Which of `paths` exist, and what every reader below finds."""
    return frozenset((*filter(source.has, paths), *(fact for reader in _READERS for fact in reader(source))))


def _make(source: Source) -> Iterator[str]:
    text = next(filter(None, map(source.text, MAKEFILES)), "")
    if not text:
        return
    targets = {*_targets(text)}
    yield "make:file"
    yield from (f"make:{target}" for target in targets & {"all", "build", "check", "test"})
    yield from (f"make:first {name}" for name in _first(targets, "setup", "deps", "bootstrap"))
    outputs = {name for names in _OUTPUT.findall(text) for name in names}
    yield from (f"make:into {name}" for name in _first(outputs, "dist", "bin", "out", "build"))


def _targets(makefile: str) -> Iterator[str]:
    """What stands before the colon of a rule; an assignment is none."""
    for line in makefile.split("\n"):
        names, colon, rest = line.partition(":")
        if colon and not line.startswith(("\t", "#")) and "=" not in names and not rest.lstrip(":").startswith("="):
            yield from names.split()


def _node(source: Source) -> Iterator[str]:
    package = source.json("package.json")
    scripts = within(package, "scripts")
    if isinstance(scripts.get("build"), str):
        yield "npm:build"
    # What `npm init` writes where there are no tests.
    if isinstance(test := scripts.get("test"), str) and "no test specified" not in test:
        yield "npm:test"
    dependencies = {*within(package, "dependencies"), *within(package, "devDependencies")}
    yield from (f"npm:uses {name}" for name in _first(dependencies, *OUTPUTS))


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
    yield from (f"py:extra {name}" for name in _first(extras, *TEST_EXTRAS) or ("none",))
    yield from (f"py:group {name}" for name in _first({*within(project, "dependency-groups")}, *TEST_EXTRAS))
    mentions = map(source.text, ("pyproject.toml", "setup.cfg", "tox.ini", *REQUIREMENTS))
    marks = map(source.has, ("pytest.ini", "conftest.py", "tests/conftest.py"))
    if any(marks) or any(map(_PYTEST.search, mentions)):
        yield "py:pytest"


def _makes_wheel(source: Source, project: Table, *, has_setup: bool) -> bool:
    """uv, unlike pip, builds nothing without a build system; and uv and Poetry can be told that nothing is built."""
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


def _first(found: Set[str], *wanted: str) -> tuple[str, ...]:
    """The first of `wanted` that was found; of several names for one thing, one is used."""
    return tuple(name for name in wanted if name in found)[:1]


_READERS: tuple[Callable[[Source], Iterator[str]], ...] = (_make, _node, _python, _go, _rust, _java)
