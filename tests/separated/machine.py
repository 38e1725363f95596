"""A machine set up for separated mode: real users and groups of its own, and the daemon as its unit would start it."""

import os
import pwd
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.setup.separated import Layout
from tests.protocol.installation import Installation

MAIN = "from sentinel.front.cli.main import main; raise SystemExit(main())"
SECONDS = 60.0
PRODUCTION_SECRET = "production-credential-5c1e"  # noqa: S105 - a test's own
LIBRARIES = Path(sysconfig.get_path("purelib"))
SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True, slots=True)
class Machine:
    """`python` is an interpreter for everybody, with Sentinel's code; `folder` holds all files."""

    folder: Path
    layout: Layout
    python: Path
    agent: str
    operator: str

    @property
    def project(self) -> Path:
        """The agent's working copy."""
        return self.folder / "small"

    @property
    def environment(self) -> dict[str, str]:
        return {"SENTINEL_SYSTEM": str(self.layout.runtime), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def as_user(self, user: str) -> tuple[str, ...]:
        """The words before a command that make it that user's."""
        gid = str(pwd.getpwnam(user).pw_gid)
        return ("setpriv", "--reuid", user, "--regid", gid, "--init-groups")

    def sentinel(self, user: str) -> Installation:
        """Sentinel as that user comes to it."""
        program = (*self.as_user(user), str(self.python), "-P", "-c", MAIN)
        return Installation(self.layout.home, self.project, {**self.environment, "SENTINEL_HOME": ""}, program)

    def sh(self, user: str, script: str) -> "subprocess.CompletedProcess[str]":
        """A shell script as that user."""
        return self._run(*self.as_user(user), "sh", "-c", script)

    def set_up(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """`sentinel setup separated`, as root."""
        words = ("setup", "separated", "--name", self.layout.name, "--prefix", str(self.layout.prefix), *options)
        return self._run(str(self.python), "-P", "-c", MAIN, *words)

    def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words,
            cwd="/",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    @contextmanager
    def daemon(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The daemon, with the users, capabilities and environment of its unit."""
        process = self.start_daemon()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(SECONDS)

    def start_daemon(self) -> "subprocess.Popen[bytes]":
        unit = unit_of(self.layout)
        capabilities = ",".join(["-all", *(f"+{name[4:].lower()}" for name in unit["AmbientCapabilities"].split())])
        started = [
            *self.as_user(unit["User"]),
            *("--inh-caps", capabilities, "--ambient-caps", capabilities, "--bounding-set", capabilities),
            *shlex.split(unit["ExecStart"]),
        ]
        own = dict(word.split("=", 1) for word in shlex.split(unit["Environment"]))
        file = self.layout.configuration / "environment"
        passed = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and line[0] != "#")
        with (self.folder / "daemon.log").open("ab") as log:
            process = subprocess.Popen(
                started, cwd="/", env={"PATH": os.environ["PATH"], **own, **passed}, stdout=log, stderr=log
            )
        self._await_daemon(process)
        return process

    def _await_daemon(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + SECONDS
        while not (self.layout.runtime / "agent" / "agent.sock").exists():
            assert process.poll() is None, (self.folder / "daemon.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def users(self) -> tuple[str, ...]:
        return (self.agent, self.operator, self.layout.daemon, self.layout.build, self.layout.staging)

    def remove(self) -> None:
        """Everything of it: processes, users, groups and files."""
        uids = {pwd.getpwnam(user).pw_uid for user in self.users() if _exists(user)}
        end_processes_of(uids)
        for user in self.users():
            subprocess.run(["userdel", user], check=False, capture_output=True)
        for group in (*self.users(), self.layout.agents, self.layout.operators):
            subprocess.run(["groupdel", group], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_machine(folder: Path, python: Path) -> Machine:
    """The users of agents and operators exist; nothing of Sentinel does yet."""
    name = f"st{secrets.token_hex(3)}"
    machine = Machine(folder, Layout.named(name, str(folder)), python, f"{name}-ann", f"{name}-oz")
    for user in (machine.agent, machine.operator):
        subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", user], check=True)
    return machine


def unit_of(layout: Layout) -> dict[str, str]:
    """The keys of the service's unit."""
    lines = layout.unit.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def everybodys_python(folder: Path) -> Path | str:
    """An interpreter that any user can run, with the code under test in a folder of root's; else why there is none."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    # By way of a shell: setpriv itself may still read whatever root may.
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", 'exec "$@"', "sh")
    for candidate in (os.path.realpath(sys.executable), f"/usr/bin/python{version}"):
        if not Path(candidate).exists():
            continue
        place = folder / "python"
        made = subprocess.run(
            [candidate, "-m", "venv", "--without-pip", "--clear", str(place)], capture_output=True, check=False
        )
        if made.returncode == 0:
            shutil.copytree(SOURCE / "sentinel", folder / "code" / "sentinel", dirs_exist_ok=True)
            packages = place / "lib" / f"python{version}" / "site-packages"
            (packages / "code.pth").write_text(f"{folder / 'code'}\n{LIBRARIES}\n{_more_libraries()}")
            python = place / "bin" / "python"
            if _runs([*nobody, str(python), "-P", "-c", "import sentinel.daemon"]):
                return python
    return f"no Python {version} with Sentinel's libraries can be run by every user of this machine"


def _more_libraries() -> str:
    """What the .pth files of this interpreter add."""
    return "".join(f"{entry}\n" for entry in sys.path if entry.endswith("site-packages") and Path(entry) != LIBRARIES)


def _runs(words: list[str]) -> bool:
    return subprocess.run(words, cwd="/", capture_output=True, check=False, env={}).returncode == 0


def _exists(user: str) -> bool:
    with suppress(KeyError):
        pwd.getpwnam(user)
        return True
    return False


def processes_of(uids: set[int]) -> list[int]:
    """The processes of users that this test made."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if entry.stat().st_uid in uids and "\nState:\tZ" not in (entry / "status").read_text():
                    found.append(int(entry.name))
    return found


def end_processes_of(uids: set[int]) -> None:
    deadline = time.monotonic() + 10
    while (left := processes_of(uids)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
