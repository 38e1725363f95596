"""An installation of its own: a state folder, a daemon process, agents over the relay, a person at a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from sentinel.front.operator.client import OperatorClient
from sentinel.launch.locations import operator_socket
from tests.preloaded.start import preloaded

ERAS = {"2025": "legacy", "2026": "auto"}
SECONDS = 60.0
CONFIRM = "to confirm): "
SENTINEL = (
    sys.executable,
    "-P",
    "-c",
    "from sentinel.front.cli.main import main; raise SystemExit(main())",
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it printed; `asked` is what a person was shown before they answered."""

    code: int
    out: str
    err: str = ""
    asked: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Installation:
    """`home` is its SENTINEL_HOME, `project` the governed repository.

    `program` is what `sentinel` is started with: the preloaded one, or SENTINEL where its start is what is tested.
    """

    home: Path
    project: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = field(default_factory=preloaded)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "SENTINEL_HOME": str(self.home),
            "HOME": str(self.home.parent),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }
        return {**own, **self.extra}

    def run(self, *words: str, cwd: Path | None = None, seconds: float = SECONDS, given: str = "") -> Done:
        """A command without a terminal, with `given` on its stdin."""
        done = subprocess.run(
            [*self.program, *words],
            cwd=cwd or self.project,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def at_terminal(
        self,
        *words: str,
        typed: str | tuple[str, ...],
        prompt: str,
        ahead: str = "",
        meanwhile: Callable[[], object] | None = None,
        size: tuple[int, int] | None = None,
    ) -> Done:
        """A command at a pseudo-terminal, where `typed` and Return are pressed once `prompt` has appeared.

        With a `size` of rows and columns it is one on which views are drawn.

        Of several lines each waits for its own prompt, and the last answers all that follow. `ahead` is typed before
        the command can have asked for anything; `meanwhile` happens while it waits.
        """
        leader, follower = pty.openpty()
        if size is not None:
            termios.tcsetwinsize(follower, size)
        process = subprocess.Popen(
            [*self.program, *words],
            cwd=self.project,
            env={**self.environment, **({"TERM": "xterm"} if size is not None else {})},
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        os.write(leader, ahead.encode())
        try:
            shown = _read_until(leader, prompt)
            if prompt in shown:
                if meanwhile is not None:
                    meanwhile()
                shown += _answered(leader, prompt, (typed,) if isinstance(typed, str) else typed)
            return Done(process.wait(SECONDS), shown.replace("\r\n", "\n"))
        finally:
            process.kill()
            process.wait()
            os.close(leader)

    def confirmed(self, *words: str, typed: str = "yes", seconds: float = SECONDS) -> Done:
        """A command that a person confirms at a terminal, while what it prints goes elsewhere.

        `err` is what the terminal shows after the answer.
        """
        leader, follower = pty.openpty()
        with tempfile.TemporaryFile("w+") as printed:
            process = subprocess.Popen(
                [*self.program, *words],
                cwd=self.project,
                env=self.environment,
                stdin=follower,
                stdout=printed,
                stderr=follower,
                start_new_session=True,
            )
            os.close(follower)
            try:
                asked = _read_until(leader, CONFIRM)
                after = _answered(leader, CONFIRM, (typed,)) if CONFIRM in asked else asked
                code = process.wait(seconds)
                printed.seek(0)
                err = after.replace("\r\n", "\n").removeprefix(f"{typed}\n" if CONFIRM in asked else "")
                return Done(code, printed.read(), err, asked.replace("\r\n", "\n"))
            finally:
                process.kill()
                process.wait()
                os.close(leader)

    def approve(
        self,
        typed: str | tuple[str, ...] = "DEPLOY-NOW",
        *,
        ahead: str = "",
        meanwhile: Callable[[], object] | None = None,
        size: tuple[int, int] | None = None,
    ) -> Done:
        return self.at_terminal("approve", typed=typed, prompt=CONFIRM, ahead=ahead, meanwhile=meanwhile, size=size)

    def trust(self) -> Done:
        return self.at_terminal("trust", typed="yes", prompt="to trust): ")

    @property
    def operator(self) -> OperatorClient:
        """The command line's own way to the daemon, for what a test only needs done: a command takes half a second."""
        return OperatorClient(Path(operator_socket(str(self.home))), self.project)

    def pin(self) -> None:
        """What `sentinel trust` does at its end."""
        self.operator.ask("trust", digest=self.operator.ask("trust_preview")["digest"])

    def status(self) -> Any:
        return self.run("status", "--json").json["status"]

    def parameters(self, *options: str) -> StdioServerParameters:
        words = [*self.program[1:], "mcp", "--project", str(self.project), *options]
        return StdioServerParameters(command=self.program[0], args=words, env=self.environment)

    def client(self, era: str, *options: str, **arguments: Any) -> Client:
        return Client(self.parameters(*options), mode=ERAS[era], read_timeout_seconds=SECONDS, **arguments)

    def stop(self) -> None:
        self.run("daemon", "stop")


def elsewhere(folder: Path) -> Installation:
    """A machine that has never had a daemon or this project."""
    (folder / "elsewhere").mkdir(exist_ok=True)
    return Installation(folder / "elsewhere" / "home", folder / "elsewhere")


def _answered(leader: int, prompt: str, lines: tuple[str, ...]) -> str:
    """What appears while `lines` are typed, each at a prompt of its own, and the last at all that follow."""
    shown = ""
    left = list(lines)
    while True:
        line = left.pop(0) if len(left) > 1 else left[0]
        os.write(leader, f"{line}\n".encode("utf-8", "surrogateescape"))
        found = _read_until(leader, prompt)
        shown += found
        if prompt not in found:
            return shown


def _read_until(leader: int, prompt: str | None) -> str:
    """What appears on the terminal until `prompt`, or until its end."""
    shown = b""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if prompt is not None and prompt.encode() in shown:
            break
        if select.select([leader], [], [], 0.1)[0]:
            try:
                data = os.read(leader, 65536)
            except OSError:  # the other side has closed
                break
            if not data:
                break
            shown += data
    return shown.decode(errors="replace")
