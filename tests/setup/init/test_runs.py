"""The written commands do what they say: in a fresh clone, with the environment that Sentinel gives, and offline."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.adapters.artifacts.revision import named_commits
from sentinel.adapters.artifacts.store import Pattern
from sentinel.adapters.environment import build_environment
from sentinel.core.policy.model import Command
from tests.setup.init.conftest import Work

SECONDS = 100
BACKEND = '''
"""A build backend that needs nothing, so that no package has to be fetched."""
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None, files=("shop.py",)):
    name = "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for file in files:
            wheel.write(file)
        info = "shop-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name

def build_editable(folder, config_settings=None, metadata_directory=None):
    return build_wheel(folder, files=())
'''
SCRIPTS = {"build": "mkdir -p dist && cp shop.js dist/", "test": "node --test"}
LOCK = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "shop"}}}
TEST_JS = 'require("node:test")("price", () => require("node:assert").equal(require("./shop.js"), 42));\n'


@dataclass(frozen=True, slots=True)
class Sample:
    """A project that really builds; `broken` is a file's text with which its tests must fail.

    `usable` fails where the machine has the program and not all that belongs to it.
    """

    program: str
    files: Mapping[str, str]
    artifacts: tuple[str, ...]
    broken: tuple[str, str]
    usable: str = "true"


MAKE = Sample(
    "make",
    {
        "Makefile": "build:\n\tmkdir -p bin && cp shop.sh bin/shop\n\ntest: build\n\tbin/shop | grep -qx 42\n",
        "shop.sh": "#!/bin/sh\necho 42\n",
    },
    ("bin/shop",),
    ("shop.sh", "#!/bin/sh\necho 41\n"),
)
NODE = Sample(
    "npm",
    {
        "package.json": json.dumps({"name": "shop", "version": "1.0.0", "scripts": SCRIPTS}),
        "package-lock.json": json.dumps(LOCK),
        "shop.js": "module.exports = 42;\n",
        "shop.test.js": TEST_JS,
    },
    ("dist/shop.js",),
    ("shop.js", "module.exports = 41;\n"),
)
PYTHON = Sample(
    "python3",
    {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND,
        "shop.py": "price = 42\n",
        "tests/test_shop.py": "import unittest, shop\nclass Price(unittest.TestCase):\n"
        "    def test_price(self):\n        self.assertEqual(shop.price, 42)\n",
    },
    ("dist/shop-1.0-py3-none-any.whl",),
    ("shop.py", "price = 41\n"),
    usable="python3 -c 'import ensurepip'",  # a package of its own in some distributions
)
RUST = Sample(
    "cargo",
    {
        "Cargo.toml": '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n',
        "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "1.0.0"\n',
        "src/main.rs": 'fn main() {}\n#[test]\nfn price() { assert_eq!(include_str!("../price"), "42"); }\n',
        "price": "42",
    },
    ("dist/shop",),
    ("price", "41"),
    usable="cargo --version",  # rustup leaves a launcher that has no program before a toolchain is chosen
)
SAMPLES = {"make": MAKE, "node": NODE, "python": PYTHON, "rust": RUST}


OFFLINE = {
    ".config/pip/pip.conf": "[global]\nno-index = true\ndisable-pip-version-check = true\n",
    ".npmrc": "offline=true\naudit=false\nupdate-notifier=false\n",
    ".cargo/config.toml": "[net]\noffline = true\n",
}
"""A person's configuration, with which no package manager asks the network."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A fresh clone in which the policy's commands run."""

    root: Path
    environment: Mapping[str, str]

    def run(self, command: Command) -> "subprocess.CompletedProcess[str]":
        """Standard error goes to where the output does."""
        assert isinstance(command, str)
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.root,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def succeed(self, command: Command) -> None:
        done = self.run(command)
        assert done.returncode == 0, done.stdout


def check_out(work: Work, into: Path) -> Checkout:
    """What a release does with the committed policy."""
    work.repository.commit("policy")
    work.repository.git("clone", "--quiet", str(work.root), str(into))
    home = Path(work.repository.environ["HOME"])
    for name, text in OFFLINE.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    # The toolchain is the machine's own; everything else of its user stays out.
    own = {"HOME": str(home), "CARGO_HOME": str(home / ".cargo")}
    source = {"RUSTUP_HOME": str(Path.home() / ".rustup"), **os.environ, **own}
    return Checkout(into, build_environment((work.policy.environment,), {}, source).variables)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_samples_commands_build_and_test_it_and_make_what_the_pattern_means(
    work: Work, tmp_path: Path, name: str
) -> None:
    sample = SAMPLES[name]
    if shutil.which(sample.program) is None:
        pytest.skip(f"there is no {sample.program} here")
    work.commit(sample.files)
    work.init(environ={"PATH": os.environ["PATH"]})
    checkout, build = check_out(work, tmp_path / "checkout"), work.policy.build
    if checkout.run(sample.usable).returncode != 0:
        pytest.skip(f"{sample.program} lacks something here")
    for command in (build.setup, build.command, work.policy.tests.command):
        if command is not None:
            checkout.succeed(command)
    found = [file for pattern in build.artifacts for file in Pattern(pattern).files(checkout.root)]
    assert tuple(found) == sample.artifacts
    (checkout.root / sample.broken[0]).write_text(sample.broken[1])
    assert checkout.run(work.policy.tests.command).returncode != 0


def test_where_nothing_is_built_the_artifact_is_the_commit_and_says_which(work: Work, tmp_path: Path) -> None:
    work.commit({"package.json": "{}", "server.js": "// serves\n"})
    work.init()
    checkout = check_out(work, tmp_path / "checkout")
    checkout.succeed(work.policy.build.command)
    (artifact,) = Pattern(work.policy.build.artifacts[0]).files(checkout.root)
    assert [one.commit for one in named_commits(checkout.root / artifact, artifact)] == [work.repository.head]
    checkout.succeed(f"tar -tf {artifact} | grep -qx server.js")


def test_commands_that_are_to_be_filled_in_fail_and_say_so(work: Work, tmp_path: Path) -> None:
    work.init()
    checkout = check_out(work, tmp_path / "checkout")
    for command, section in ((work.policy.build.command, "build"), (work.policy.tests.command, "tests")):
        done = checkout.run(command)
        assert (done.returncode, f"fill in command in [{section}]" in done.stdout) == (1, True)
