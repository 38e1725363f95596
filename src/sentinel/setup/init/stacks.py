"""How the projects that `sentinel init` knows are built and tested: the first stack that the facts show is taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from sentinel.setup.init.facts import OUTPUTS, REQUIREMENTS, TEST_EXTRAS, Facts

NO_BUILD = "echo 'sentinel.toml does not say yet how to build: fill in command in [build].' >&2; exit 1"
NO_TESTS = "echo 'sentinel.toml does not say yet how to test: fill in command in [tests].' >&2; exit 1"
"""A valid command that fails its gate and says what is missing."""
SOMEWHERE = ("dist/**",)


@dataclass(frozen=True, slots=True)
class Way:
    """A command, or a part of one, with the files that it makes; `guessed` if it only usually makes them."""

    command: str
    needs: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    guessed: bool = False

    def possible(self, facts: Facts) -> bool:
        return facts.issuperset(self.needs)


@dataclass(frozen=True, slots=True)
class Stack:
    """One row of the table below.

    The first possible way of `build` and of `tests` is used; `setup` joins all possible ones. `passed` are variables
    besides HOME and LANG, `tools` the programs to find. What a stack that `wraps` does not say comes from the next one.
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
    """How one repository is built and tested; an unknown command is None."""

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
    """The recipe of the first stack that `facts` show, or one without commands."""
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


SOURCES = Way(
    "mkdir -p dist && git archive --format=tar.gz --output=dist/source.tar.gz HEAD",
    artifacts=("dist/source.tar.gz",),
)
"""If nothing is built, the files of the commit are deployed; git writes the commit into the archive."""

MAKE = Stack(
    "Make",
    needs=("make:build", "make:test"),
    setup=tuple(Way(f"make {name}", (f"make:first {name}",)) for name in ("setup", "deps", "bootstrap")),
    build=(
        *(
            Way("make build", (f"make:into {name}",), (f"{name}/**",), guessed=True)
            for name in ("dist", "bin", "out", "build")
        ),
        Way("make build", guessed=True),
    ),
    tests=(Way("make test"),),
    tools=("make",),
    wraps=True,
)
PLAIN_MAKE = Stack(
    "Make",
    needs=("make:file",),
    build=(Way("make build", ("make:build",), guessed=True), Way("make", ("make:all",), guessed=True)),
    tests=(Way("make test", ("make:test",)), Way("make check", ("make:check",))),
    tools=("make",),
)

GO = Stack(
    "Go",
    needs=("go.mod",),
    setup=(Way("go mod download"),),
    build=(Way("go build -trimpath -o dist/ ./...", ("go:program",), ("dist/*",)), SOURCES),
    tests=(Way("go test ./..."),),
    passed=("GOPATH", "GOPROXY", "GOPRIVATE"),
    tools=("go",),
)


def _rust(locked: str, *needs: str) -> Stack:
    copy = "mkdir -p dist && find target/release -maxdepth 1 -type f -perm -u+x -exec cp {} dist/ ';'"
    return Stack(
        "Rust",
        needs=("Cargo.toml", *needs),
        setup=(Way(f"cargo fetch{locked}"),) if locked else (),
        build=(
            Way(f"cargo build --release --workspace{locked} && {copy}", ("rust:program",), ("dist/*",)),
            Way(f"cargo package{locked}", artifacts=("target/package/*.crate",)),
        ),
        tests=(Way(f"cargo test --workspace{locked}"),),
        passed=("CARGO_HOME", "RUSTUP_HOME"),
        tools=("cargo",),
    )


def _gradle(program: str, *needs: str) -> Stack:
    assemble = f"{program} --no-daemon assemble"
    return Stack(
        "Java with Gradle",
        needs=("gradle:project", *needs),
        build=(
            Way(assemble, ("gradle:modules",), ("**/build/libs/*.[jw]ar",)),
            Way(assemble, artifacts=("build/libs/*.[jw]ar",)),
        ),
        tests=(Way(f"{program} --no-daemon check"),),
        passed=("JAVA_HOME", "GRADLE_USER_HOME"),
        tools=("java",) if needs else ("java", program),
    )


def _maven(program: str, *needs: str) -> Stack:
    package = f"{program} -B -DskipTests package"
    return Stack(
        "Java with Maven",
        needs=("pom.xml", *needs),
        build=(
            Way(package, ("maven:modules",), ("**/target/*.[jw]ar",)),
            Way(package, artifacts=("target/*.[jw]ar",)),
        ),
        tests=(Way(f"{program} -B verify"),),
        passed=("JAVA_HOME", "MAVEN_OPTS"),
        tools=("java",) if needs else ("java", program),
    )


WHEEL = ("dist/*.whl",)


def _python_tests(python: str) -> tuple[Way, ...]:
    return (
        Way(f"{python} -m pytest", ("py:pytest",)),
        Way(f"{python} -m unittest discover -t . -s tests", ("tests/__init__.py",)),
        Way(f"{python} -m unittest discover -s tests", ("tests",)),
    )


UV = Stack(
    "Python with uv",
    needs=("uv.lock",),
    setup=(Way("uv sync --locked"), *(Way(f" --extra {name}", (f"py:extra {name}",)) for name in TEST_EXTRAS)),
    build=(Way("uv build --wheel", ("py:wheel",), WHEEL), SOURCES),
    tests=_python_tests("uv run --locked python"),
    passed=("UV_CACHE_DIR",),
    tools=("uv",),
)


def _poetry(shown_by: str) -> Stack:
    return Stack(
        "Python with Poetry",
        needs=(shown_by,),
        setup=(
            Way("POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction"),
            *(Way(f" --extras {name}", (f"py:extra {name}",)) for name in TEST_EXTRAS),
        ),
        build=(Way("poetry build --no-interaction --format wheel", ("py:wheel",), WHEEL), SOURCES),
        tests=_python_tests("poetry run python"),
        tools=("poetry", "python3"),
    )


def _pip(shown_by: str) -> Stack:
    install = " && .venv/bin/python -m pip install"
    return Stack(
        "Python with pip",
        needs=(shown_by,),
        setup=(
            Way("python3 -m venv .venv"),
            *(Way(f"{install} -r {name}", (name,)) for name in REQUIREMENTS),
            Way(f"{install} -e .", ("py:wheel", "py:extra none")),
            *(Way(f"{install} -e '.[{name}]'", ("py:wheel", f"py:extra {name}")) for name in TEST_EXTRAS),
            # pip supports dependency groups from 25.1, which is newer than the pip of many Pythons.
            *(Way(f"{install} 'pip>=25.1'{install} --group {name}", (f"py:group {name}",)) for name in TEST_EXTRAS),
            Way(f"{install} pytest", ("py:pytest",)),
        ),
        build=(Way(".venv/bin/python -m pip wheel --no-deps --wheel-dir dist .", ("py:wheel",), WHEEL), SOURCES),
        tests=_python_tests(".venv/bin/python"),
        tools=("python3",),
    )


def _node(manager: str, install: str, *needs: str, passed: tuple[str, ...] = ()) -> Stack:
    program = manager.lower()
    build = f"{program} run build"
    return Stack(
        f"Node with {manager}",
        needs=("package.json", *needs),
        setup=(Way(install),),
        build=(
            *(Way(build, ("npm:build", f"npm:uses {name}"), (files,), guessed=True) for name, files in OUTPUTS.items()),
            Way(build, ("npm:build",), ("dist/**",), guessed=True),
            SOURCES,
        ),
        # Without CI, some test runners watch for changes and never end.
        tests=(Way(f"CI=true {program} run test", ("npm:test",)),),
        passed=passed,
        tools=(program, "node"),
    )


NODE = (
    _node("pnpm", "pnpm install --frozen-lockfile", "pnpm-lock.yaml", passed=("PNPM_HOME",)),
    _node("Yarn", "yarn install --immutable", "yarn.lock", ".yarnrc.yml"),
    _node("Yarn", "yarn install --frozen-lockfile", "yarn.lock"),
    _node("Bun", "bun install --frozen-lockfile", "bun.lock"),
    _node("Bun", "bun install --frozen-lockfile", "bun.lockb"),
    _node("npm", "npm ci", "package-lock.json"),
    _node("npm", "npm ci", "npm-shrinkwrap.json"),
    _node("npm", "npm install"),
)

# A Makefile with both targets usually wraps the stacks below it. A language of servers comes before Node, which many
# repositories use only for their pages. A Python project with a Cargo.toml is an extension, built by Python's tools.
STACKS = (
    MAKE,
    GO,
    UV,
    _poetry("poetry.lock"),
    _poetry("py:poetry"),
    _pip("py:project"),
    _rust(" --locked", "Cargo.lock"),
    _rust(""),
    _gradle("./gradlew", "gradlew"),
    _gradle("gradle"),
    _maven("./mvnw", "mvnw"),
    _maven("mvn"),
    _pip("manage.py"),
    *NODE,
    _pip("requirements.txt"),
    PLAIN_MAKE,
)
PATHS = frozenset(
    need
    for stack in STACKS
    for needs in (stack.needs, *(way.needs for way in (*stack.setup, *stack.build, *stack.tests)))
    for need in needs
    if ":" not in need
)
"""Every path whose existence decides anything."""
