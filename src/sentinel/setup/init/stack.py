"""What Sentinel knows about a way to build software, and how one is chosen by what the repository shows."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType

from sentinel.setup.init.source import Source, Table, within

Facts = frozenset[str]
"""What was seen: paths that exist, and findings such as `npm:build`, which have a colon (facts.py)."""

NO_BUILD = "echo 'sentinel.toml does not say yet how to build: fill in command in [build].' >&2; exit 1"
NO_TESTS = "echo 'sentinel.toml does not say yet how to test: fill in command in [tests].' >&2; exit 1"
"""Valid at once, and an honest failure of the gate whose words reach whoever asks for a release."""
SOMEWHERE = ("dist/**",)


@dataclass(frozen=True, slots=True)
class Way:
    """A command, or a part of one, with the files that it makes; `guessed` are those that it usually makes."""

    command: str
    needs: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    guessed: bool = False

    def possible(self, facts: Facts) -> bool:
        return facts.issuperset(self.needs)


@dataclass(frozen=True, slots=True)
class Stack:
    """One row of the table (stacks.py).

    Of `build` and `tests` the first possible way is taken; `setup` is put together from all possible ones. `passed` are
    variables besides HOME and LANG, `tools` the programs to look for. What a stack that `wraps` leaves open is taken
    from the one that it wraps.
    """

    title: str
    needs: tuple[str, ...]
    build: tuple[Way, ...]
    tests: tuple[Way, ...]
    setup: tuple[Way, ...] = ()
    passed: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    wraps: bool = False

    @property
    def family(self) -> str:
        return self.title.partition(" with ")[0]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one repository is built and tested; a command that is not known is None."""

    title: str
    others: tuple[str, ...]
    setup: str | None
    build: str | None
    tests: str | None
    artifacts: tuple[str, ...]
    guessed: bool
    passed: tuple[str, ...]
    tools: tuple[str, ...]


def choose(stacks: Iterable[Stack], facts: Facts) -> Recipe:
    """The recipe of the first stack that `facts` show; one that knows nothing where there is none."""
    shown = [stack for stack in stacks if facts.issuperset(stack.needs)]
    if not shown:
        return Recipe("", (), None, None, None, SOMEWHERE, guessed=True, passed=(), tools=())
    first, *rest = shown
    others = dict.fromkeys(stack.family for stack in rest if stack.family != first.family)
    wrapped = _recipe(rest[0], facts) if first.wraps and rest else None
    return _recipe(first, facts, wrapped, tuple(others))


def _recipe(stack: Stack, facts: Facts, wrapped: Recipe | None = None, others: tuple[str, ...] = ()) -> Recipe:
    build = _first(stack.build, facts)
    tests = _first(stack.tests, facts)
    setup = "".join(way.command for way in stack.setup if way.possible(facts))
    artifacts = build.artifacts if build else ()
    return Recipe(
        title=stack.title,
        others=others,
        setup=setup or (wrapped.setup if wrapped else None),
        build=build.command if build else None,
        tests=tests.command if tests else None,
        artifacts=artifacts or (wrapped.artifacts if wrapped else SOMEWHERE),
        guessed=build is None or build.guessed,
        passed=(*stack.passed, *(wrapped.passed if wrapped else ())),
        tools=(*stack.tools, *(wrapped.tools if wrapped else ())),
    )


def _first(ways: tuple[Way, ...], facts: Facts) -> Way | None:
    return next((way for way in ways if way.possible(facts)), None)


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
    yield from (f"make:first {name}" for name in _first_line(targets, "setup", "deps", "bootstrap"))
    outputs = {name for names in _OUTPUT.findall(text) for name in names}
    yield from (f"make:into {name}" for name in _first_line(outputs, "dist", "bin", "out", "build"))


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
    yield from (f"npm:uses {name}" for name in _first_line(dependencies, *OUTPUTS))


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
    yield from (f"py:extra {name}" for name in _first_line(extras, *TEST_EXTRAS) or ("none",))
    yield from (f"py:group {name}" for name in _first_line({*within(project, "dependency-groups")}, *TEST_EXTRAS))
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


def _first_line(found: Set[str], *wanted: str) -> tuple[str, ...]:
    """The first of `wanted` that was found; of several names for one thing, one is used."""
    return tuple(name for name in wanted if name in found)[:1]


_READERS: tuple[Callable[[Source], Iterator[str]], ...] = (_make, _node, _python, _go, _rust, _java)
