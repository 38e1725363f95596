"""The table of the stacks that `sentinel init` knows; the first one that a repository shows is taken.

A Makefile with both targets usually wraps what is below it. A language that serves goes before Node, which many
repositories have for their pages alone. A Python project with a Cargo.toml is an extension, built by Python's tools.
Ways are explained in stack.py, facts in facts.py.
"""

from sentinel.setup.init.stack import OUTPUTS, REQUIREMENTS, TEST_EXTRAS, Stack, Way

SOURCES = Way(
    "mkdir -p dist && git archive --format=tar.gz --output=dist/source.tar.gz HEAD",
    artifacts=("dist/source.tar.gz",),
)
"""Where nothing is built, the files of the commit are what is deployed; git writes the commit into the archive."""

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
            # pip knows dependency groups since 25.1, which is newer than what many Pythons bring along.
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
        # Without CI, some test runners watch the files for changes and never end.
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
