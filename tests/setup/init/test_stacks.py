"""Each kind of repository gets the commands that its people would type."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from sentinel.setup.init.facts import SIZE_LIMIT
from sentinel.setup.init.stacks import NO_BUILD, NO_TESTS
from tests.setup.init.conftest import Work

SOURCES = "mkdir -p dist && git archive --format=tar.gz --output=dist/source.tar.gz HEAD"
SCRIPTS = {"build": "vite build", "test": "vitest"}
PIP = ".venv/bin/python -m pip"
COPY = "mkdir -p dist && find target/release -maxdepth 1 -type f -perm -u+x -exec cp {} dist/ ';'"


def package(**fields: object) -> str:
    return json.dumps({"name": "shop", "version": "1.0.0", **fields})


@dataclass(frozen=True, slots=True)
class Sample:
    """A repository's files, and what has to come of them; `seen` is how the report names it."""

    files: Mapping[str, str]
    seen: str
    build: str
    artifacts: tuple[str, ...]
    tests: str
    setup: str | None = None
    passed: tuple[str, ...] = field(default=())


SAMPLES = {
    "go program": Sample(
        {"go.mod": "module shop\n", "main.go": "// Serves.\npackage main\n\nfunc main() {}\n"},
        "Go",
        "go build -trimpath -o dist/ ./...",
        ("dist/*",),
        "go test ./...",
        "go mod download",
        ("GOPATH", "GOPROXY", "GOPRIVATE"),
    ),
    "go program below cmd": Sample(
        {"go.mod": "module shop\n", "cmd/shop/main.go": "package main\n"},
        "Go",
        "go build -trimpath -o dist/ ./...",
        ("dist/*",),
        "go test ./...",
        "go mod download",
        ("GOPATH", "GOPROXY", "GOPRIVATE"),
    ),
    "go library": Sample(
        {"go.mod": "module shop\n", "shop.go": "package shop\n"},
        "Go",
        SOURCES,
        ("dist/source.tar.gz",),
        "go test ./...",
        "go mod download",
        ("GOPATH", "GOPROXY", "GOPRIVATE"),
    ),
    "npm": Sample(
        {"package.json": package(scripts=SCRIPTS), "package-lock.json": "{}"},
        "Node with npm",
        "npm run build",
        ("dist/**",),
        "CI=true npm run test",
        "npm ci",
    ),
    "npm without a lock file": Sample(
        {"package.json": package(scripts=SCRIPTS)},
        "Node with npm",
        "npm run build",
        ("dist/**",),
        "CI=true npm run test",
        "npm install",
    ),
    "npm without scripts": Sample(
        {"package.json": package(scripts={"test": 'echo "Error: no test specified" && exit 1'})},
        "Node with npm",
        SOURCES,
        ("dist/source.tar.gz",),
        NO_TESTS,
        "npm install",
    ),
    "npm that bundles elsewhere": Sample(
        {"package.json": package(scripts=SCRIPTS, dependencies={"next": "15"}), "npm-shrinkwrap.json": "{}"},
        "Node with npm",
        "npm run build",
        (".next/**",),
        "CI=true npm run test",
        "npm ci",
    ),
    "pnpm": Sample(
        {"package.json": package(scripts=SCRIPTS), "pnpm-lock.yaml": "", "package-lock.json": "{}"},
        "Node with pnpm",
        "pnpm run build",
        ("dist/**",),
        "CI=true pnpm run test",
        "pnpm install --frozen-lockfile",
        ("PNPM_HOME",),
    ),
    "yarn 1": Sample(
        {"package.json": package(scripts=SCRIPTS), "yarn.lock": ""},
        "Node with Yarn",
        "yarn run build",
        ("dist/**",),
        "CI=true yarn run test",
        "yarn install --frozen-lockfile",
    ),
    "yarn since 2": Sample(
        {"package.json": package(scripts=SCRIPTS), "yarn.lock": "", ".yarnrc.yml": ""},
        "Node with Yarn",
        "yarn run build",
        ("dist/**",),
        "CI=true yarn run test",
        "yarn install --immutable",
    ),
    "bun": Sample(
        {"package.json": package(scripts=SCRIPTS), "bun.lock": ""},
        "Node with Bun",
        "bun run build",
        ("dist/**",),
        "CI=true bun run test",
        "bun install --frozen-lockfile",
    ),
    "uv": Sample(
        {
            "pyproject.toml": '[project]\nname = "shop"\noptional-dependencies.test = ["pytest"]\n[build-system]\n',
            "uv.lock": "",
        },
        "Python with uv",
        "uv build --wheel",
        ("dist/*.whl",),
        "uv run --locked python -m pytest",
        "uv sync --locked --extra test",
        ("UV_CACHE_DIR",),
    ),
    "uv that builds nothing": Sample(
        {"pyproject.toml": '[project]\nname = "shop"\n', "uv.lock": "", "tests/test_shop.py": ""},
        "Python with uv",
        SOURCES,
        ("dist/source.tar.gz",),
        "uv run --locked python -m unittest discover -s tests",
        "uv sync --locked",
        ("UV_CACHE_DIR",),
    ),
    "poetry": Sample(
        {"pyproject.toml": '[tool.poetry]\nname = "shop"\n[build-system]\n', "poetry.lock": "", "pytest.ini": ""},
        "Python with Poetry",
        "poetry build --no-interaction --format wheel",
        ("dist/*.whl",),
        "poetry run python -m pytest",
        "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction",
    ),
    "poetry without a lock file, for no package": Sample(
        {"pyproject.toml": "[tool.poetry]\npackage-mode = false\n[build-system]\n"},
        "Python with Poetry",
        SOURCES,
        ("dist/source.tar.gz",),
        NO_TESTS,
        "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction",
    ),
    "pip": Sample(
        {"pyproject.toml": '[project]\nname = "shop"\n', "tests/__init__.py": "", "requirements.txt": ""},
        "Python with pip",
        f"{PIP} wheel --no-deps --wheel-dir dist .",
        ("dist/*.whl",),
        ".venv/bin/python -m unittest discover -t . -s tests",
        f"python3 -m venv .venv && {PIP} install -r requirements.txt && {PIP} install -e .",
    ),
    "pip with an extra for tests": Sample(
        {"pyproject.toml": '[project.optional-dependencies]\ndev = ["pytest-cov"]\n'},
        "Python with pip",
        f"{PIP} wheel --no-deps --wheel-dir dist .",
        ("dist/*.whl",),
        ".venv/bin/python -m pytest",
        f"python3 -m venv .venv && {PIP} install -e '.[dev]' && {PIP} install pytest",
    ),
    "pip with a group for tests": Sample(
        {"pyproject.toml": '[build-system]\n[dependency-groups]\ntest = ["pytest"]\n'},
        "Python with pip",
        f"{PIP} wheel --no-deps --wheel-dir dist .",
        ("dist/*.whl",),
        ".venv/bin/python -m pytest",
        f"python3 -m venv .venv && {PIP} install -e . && {PIP} install 'pip>=25.1'"
        f" && {PIP} install --group test && {PIP} install pytest",
    ),
    "setup.py": Sample(
        {"setup.py": "", "tox.ini": "commands = pytest\n"},
        "Python with pip",
        f"{PIP} wheel --no-deps --wheel-dir dist .",
        ("dist/*.whl",),
        ".venv/bin/python -m pytest",
        f"python3 -m venv .venv && {PIP} install -e . && {PIP} install pytest",
    ),
    "Django with npm for its pages": Sample(
        {"manage.py": "", "requirements.txt": "pytest-django\n", "package.json": package(scripts=SCRIPTS)},
        "Python with pip. It also uses Node",
        SOURCES,
        ("dist/source.tar.gz",),
        ".venv/bin/python -m pytest",
        f"python3 -m venv .venv && {PIP} install -r requirements.txt && {PIP} install pytest",
    ),
    "npm with Python for its documents": Sample(
        {"package.json": package(scripts=SCRIPTS), "requirements.txt": "mkdocs\n", "pyproject.toml": "[tool.ruff]\n"},
        "Node with npm. It also uses Python",
        "npm run build",
        ("dist/**",),
        "CI=true npm run test",
        "npm install",
    ),
    "rust program": Sample(
        {"Cargo.toml": '[package]\nname = "shop"\n', "Cargo.lock": "", "src/main.rs": "fn main() {}\n"},
        "Rust",
        f"cargo build --release --workspace --locked && {COPY}",
        ("dist/*",),
        "cargo test --workspace --locked",
        "cargo fetch --locked",
        ("CARGO_HOME", "RUSTUP_HOME"),
    ),
    "rust workspace without a lock file": Sample(
        {"Cargo.toml": '[workspace]\nmembers = ["a"]\n'},
        "Rust",
        f"cargo build --release --workspace && {COPY}",
        ("dist/*",),
        "cargo test --workspace",
        None,
        ("CARGO_HOME", "RUSTUP_HOME"),
    ),
    "rust library": Sample(
        {"Cargo.toml": '[package]\nname = "shop"\n', "src/lib.rs": ""},
        "Rust",
        "cargo package",
        ("target/package/*.crate",),
        "cargo test --workspace",
        None,
        ("CARGO_HOME", "RUSTUP_HOME"),
    ),
    "rust extension of python": Sample(
        {"Cargo.toml": '[package]\nname = "shop"\n', "pyproject.toml": '[build-system]\nrequires = ["maturin"]\n'},
        "Python with pip. It also uses Rust",
        f"{PIP} wheel --no-deps --wheel-dir dist .",
        ("dist/*.whl",),
        NO_TESTS,
        f"python3 -m venv .venv && {PIP} install -e .",
    ),
    "maven": Sample(
        {"pom.xml": "<project/>"},
        "Java with Maven",
        "mvn -B -DskipTests package",
        ("target/*.[jw]ar",),
        "mvn -B verify",
        None,
        ("JAVA_HOME", "MAVEN_OPTS"),
    ),
    "maven with modules and a wrapper": Sample(
        {"pom.xml": "<project><modules><module>a</module></modules></project>", "mvnw": "#!/bin/sh\n"},
        "Java with Maven",
        "./mvnw -B -DskipTests package",
        ("**/target/*.[jw]ar",),
        "./mvnw -B verify",
        None,
        ("JAVA_HOME", "MAVEN_OPTS"),
    ),
    "gradle": Sample(
        {"build.gradle": ""},
        "Java with Gradle",
        "gradle --no-daemon assemble",
        ("build/libs/*.[jw]ar",),
        "gradle --no-daemon check",
        None,
        ("JAVA_HOME", "GRADLE_USER_HOME"),
    ),
    "gradle with modules and a wrapper": Sample(
        {"settings.gradle.kts": 'rootProject.name = "shop"\ninclude("a")\n', "gradlew": "#!/bin/sh\n"},
        "Java with Gradle",
        "./gradlew --no-daemon assemble",
        ("**/build/libs/*.[jw]ar",),
        "./gradlew --no-daemon check",
        None,
        ("JAVA_HOME", "GRADLE_USER_HOME"),
    ),
    "make around go": Sample(
        {
            "Makefile": ".PHONY: build test\nbuild test:\n\tgo $@\n",
            "go.mod": "module shop\n",
            "main.go": "package main",
        },
        "Make. It also uses Go",
        "make build",
        ("dist/*",),
        "make test",
        "go mod download",
        ("GOPATH", "GOPROXY", "GOPRIVATE"),
    ),
    "make that says where and prepares": Sample(
        {"GNUmakefile": "OUT := bin\ndeps:\nbuild: | deps\n\tcc -o $(OUT)/shop\ntest: build\n", "Cargo.toml": ""},
        "Make. It also uses Rust",
        "make build",
        ("bin/**",),
        "make test",
        "make deps",
        ("CARGO_HOME", "RUSTUP_HOME"),
    ),
    "make alone": Sample(
        {"makefile": "all: shop\n# build: is no target\nbuild := x\ncheck:\n\t./shop --check\n"},
        "Make",
        "make",
        ("dist/**",),
        "make check",
    ),
    "make for other things": Sample(
        {"Makefile": "test:\n\tnpm test\n", "package.json": package(scripts=SCRIPTS)},
        "Node with npm. It also uses Make",
        "npm run build",
        ("dist/**",),
        "CI=true npm run test",
        "npm install",
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_repository_gets_the_commands_of_its_stack(work: Work, name: str) -> None:
    sample = SAMPLES[name]
    work.commit(sample.files)
    said = work.init()
    assert said.splitlines()[0] == f"The project is built with {sample.seen}."
    build, tests = work.policy.build, work.policy.tests
    assert (build.setup, build.command, build.artifacts) == (sample.setup, sample.build, sample.artifacts)
    assert tests.command == sample.tests
    assert work.policy.environment.passed == ("HOME", "LANG", *sample.passed)


def test_an_unknown_repository_gets_commands_that_fail_and_say_what_to_fill_in(work: Work) -> None:
    assert work.init().startswith("Sentinel found no known build system: fill in the commands.\n")
    assert (work.policy.build.setup, work.policy.build.command, work.policy.tests.command) == (None, NO_BUILD, NO_TESTS)
    written = (work.root / "sentinel.toml").read_text()
    assert "# CHANGE THIS: how the project is built\ncommand = " in written
    assert "# CHANGE THIS: how all tests are run\ncommand = " in written


def test_guessed_artifacts_are_marked_and_known_ones_are_not(work: Work) -> None:
    work.commit({"package.json": package(scripts=SCRIPTS)})
    assert "CHANGE THIS, if the build leaves its files elsewhere" in work.init(print_only=True)
    work.commit({"go.mod": ""})
    assert "CHANGE THIS, if" not in work.init(print_only=True)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("package.json", '{"scripts": ', "is not valid JSON"),
        ("package.json", "[" * 100_000, "is not valid JSON"),
        ("package.json", b"\xff\xfe\x00{", "is not valid JSON"),
        ("package.json", '{"version": ' + "1" * 5000 + "}", "is not valid JSON"),
        ("package.json", " " * (SIZE_LIMIT + 1), f"is larger than {SIZE_LIMIT} bytes"),
        ("pyproject.toml", "[project", "is not valid TOML"),
        ("pyproject.toml", "a." * 20_000 + "a = 1", "is not valid TOML"),
        ("Cargo.toml", "a = " + "[" * 100_000, "is not valid TOML"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told_once_and_stops_nothing(
    work: Work, name: str, content: str | bytes, fault: str
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (work.root / name).write_bytes(raw)
    said = work.init()
    assert said.count(f"Note: {name} {fault}; `sentinel init` ignored it.") == 1
    assert work.policy.tests.command in (NO_TESTS, "cargo test --workspace")


@pytest.mark.parametrize("content", ["[]", "null", '{"scripts": []}', '{"scripts": {"test": 1}, "dependencies": "x"}'])
def test_a_manifest_of_another_shape_says_nothing(work: Work, content: str) -> None:
    work.commit({"package.json": content})
    work.init()
    assert (work.policy.build.command, work.policy.tests.command) == (SOURCES, NO_TESTS)


def test_a_huge_sparse_manifest_is_not_read_to_its_end(work: Work) -> None:
    with (work.root / "package.json").open("wb") as file:
        file.truncate(1 << 30)
    assert "package.json is larger than" in work.init()


def test_a_makefile_made_to_be_slow_is_read_like_any_other(work: Work) -> None:
    work.commit({"Makefile": "build" + " " * 200_000 + "\n" * 50_000 + "test: build\n"})
    work.init()
    assert work.policy.tests.command == "make test"
