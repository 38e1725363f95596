"""The sample web service: its build is reproducible, and its scripts run it as a real process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

import pytest

from sentinel.adapters.artifacts.revision import named_commits
from sentinel.core.candidate.changelog import parse_changelog
from sentinel.core.candidate.checklist import parse_checklist
from sentinel.core.policy.model import Policy, read_policy

SAMPLE = Path(__file__).parents[2] / "examples" / "web-service"
SECONDS = 20
FIRST, SECOND = "1" * 40, "2" * 40


@dataclass(frozen=True, slots=True)
class Shop:
    """A copy of the sample, and the commands of its policy with what Sentinel would give them."""

    repository: Path
    run: Path
    port: int

    @property
    def policy(self) -> Policy:
        return read_policy((self.repository / "sentinel.toml").read_bytes())

    @property
    def pid(self) -> int:
        return int((self.run / "production" / "pid").read_text())

    def command(self, command: object, **variables: str) -> "subprocess.CompletedProcess[str]":
        assert isinstance(command, str)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHON": sys.executable,
            "SHOP_RUN": str(self.run),
            "SENTINEL_TARGET": "production",
            "SENTINEL_URL": f"http://127.0.0.1:{self.port}",
            **variables,
        }
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.repository,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def build(self, version: str, commit: str) -> Path:
        """A folder with the built artifact, as Sentinel keeps it: read-only."""
        done = self.command(self.policy.build.command, SENTINEL_VERSION=version, SENTINEL_COMMIT=commit)
        assert done.returncode == 0, done.stderr
        kept = self.run.parent / f"artifacts-{version}"
        (kept / "dist").mkdir(parents=True)
        shutil.copy(self.repository / "dist" / "shop.pyz", kept / "dist")
        (kept / "dist" / "shop.pyz").chmod(0o444)
        return kept

    def deploy(self, artifacts: Path, **variables: str) -> None:
        done = self.command(self.policy.production.deploy, SENTINEL_ARTIFACTS=str(artifacts), **variables)
        assert done.returncode == 0, done.stderr

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", path)
        reply = connection.getresponse()
        status, text = reply.status, reply.read().decode()
        connection.close()
        return status, text


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.copytree(SAMPLE, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    shop = Shop(tmp_path / "shop", tmp_path / "run", port)
    yield shop
    for pid_file in shop.run.glob("*/pid"):
        end(pid_file)


def end(pid_file: Path) -> None:
    os.kill(int(pid_file.read_text()), signal.SIGTERM)
    until(lambda: not pid_file.exists())


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def put_on_sale(shop: Shop) -> None:
    subprocess.run(["git", "apply", "changes/sale.patch"], cwd=shop.repository, check=True)


def test_its_own_documents_are_what_a_release_needs(shop: Shop) -> None:
    changelog = parse_changelog((shop.repository / "CHANGELOG.md").read_text())
    assert changelog.unreleased is not None
    assert len(parse_checklist((shop.repository / "SPRINT.md").read_text()).open) == 1
    assert shop.policy.project.name == "shop"


@pytest.mark.parametrize("on_sale", [False, True])
def test_its_tests_pass_before_and_after_the_faulty_change(shop: Shop, *, on_sale: bool) -> None:
    if on_sale:
        put_on_sale(shop)
    done = shop.command(shop.policy.tests.command)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "OK")


def test_the_same_commit_builds_the_same_bytes_which_name_it(shop: Shop) -> None:
    built = shop.build("0.1.0", FIRST) / "dist" / "shop.pyz"
    for path in shop.repository.rglob("*"):
        os.utime(path, (0, 0))
    shop.command(shop.policy.build.command, SENTINEL_VERSION="0.1.0", SENTINEL_COMMIT=FIRST)
    assert (shop.repository / "dist" / "shop.pyz").read_bytes() == built.read_bytes()
    assert [one.commit for one in named_commits(built, built.name)] == [FIRST]


def test_a_release_replaces_the_one_before_and_a_rollback_brings_it_back(shop: Shop) -> None:
    first, second = shop.build("0.1.0", FIRST), shop.build("0.2.0", SECOND)
    shop.deploy(first)
    assert shop.get("/healthz") == (200, "ok\n")
    assert shop.get("/version") == (200, f"0.1.0 {FIRST}\n")
    before = shop.pid
    shop.deploy(second)
    shop.deploy(second)
    assert shop.get("/version") == (200, f"0.2.0 {SECOND}\n")
    assert shop.pid != before
    rollback = shop.command(
        shop.policy.production.rollback, SENTINEL_ARTIFACTS=str(second), SENTINEL_PREVIOUS_ARTIFACTS=str(first)
    )
    assert rollback.returncode == 0, rollback.stderr
    assert shop.get("/version") == (200, f"0.1.0 {FIRST}\n")


def test_a_pid_file_left_by_a_crash_ends_no_other_program(shop: Shop) -> None:
    artifacts = shop.build("0.1.0", FIRST)
    (shop.run / "production").mkdir(parents=True)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        (shop.run / "production" / "pid").write_text(f"{other.pid}\n")
        shop.deploy(artifacts)
        assert other.poll() is None
    assert shop.get("/healthz")[0] == 200


def test_a_shop_that_cannot_listen_fails_its_deployment_and_says_why(shop: Shop) -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", shop.port))
        taken.listen()
        artifacts = shop.build("0.1.0", FIRST)
        done = shop.command(shop.policy.production.deploy, SENTINEL_ARTIFACTS=str(artifacts))
    assert done.returncode == 1
    assert "Address already in use" in done.stderr


def test_the_faulty_release_passes_staging_and_fails_every_third_visitor_of_production(shop: Shop) -> None:
    put_on_sale(shop)
    artifacts = shop.build("0.2.0", SECOND)
    shop.deploy(artifacts, SENTINEL_TARGET="staging")
    smoke = shop.command(shop.policy.staging.smoke, SENTINEL_TARGET="staging", SENTINEL_COMMIT=SECOND)
    assert smoke.returncode == 0, smoke.stderr
    end(shop.run / "staging" / "pid")
    shop.deploy(artifacts)
    assert [shop.get("/")[0] for _ in range(6)] == [200, 200, 500, 200, 200, 500]
    assert shop.get("/healthz")[0] == 200
