"""An ssh agent of a test's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def agent(folder: Path, *keys: Path, passphrase: str = "") -> Iterator[dict[str, str]]:
    """The variables that lead to it; it holds the keys, one of which may have a passphrase."""
    socket = folder / "a.sock"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    variables = {"SSH_AUTH_SOCK": str(socket)}
    askpass = folder / "askpass"
    askpass.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
    askpass.chmod(0o755)
    asking = {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    try:
        while not socket.exists():
            assert process.poll() is None
        for key in keys:
            add = ["ssh-add", "-q", str(key)]
            subprocess.run(add, env={**os.environ, **variables, **asking}, check=True, stdin=subprocess.DEVNULL)
        yield variables
    finally:
        process.terminate()
        process.wait()
