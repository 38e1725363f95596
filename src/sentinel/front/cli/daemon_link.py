"""The daemon as the commands reach it: started where none runs, then asked over the operator socket."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentinel.front.daemon_start import ensure_daemon
from sentinel.front.operator.client import OperatorClient
from sentinel.settings import Settings

FOLLOW_SECONDS = 10.0
"""How long one question for news of an operation waits for them."""


def project_directory(options: Namespace) -> Path:
    """`--project`, or the working directory."""
    return Path(options.project or ".").expanduser().absolute()


def operator(options: Namespace) -> OperatorClient:
    """Raises what says that no daemon can be reached or started."""
    settings = Settings.from_environ(os.environ)
    ensure_daemon(str(settings.home), os.environ).close()
    return OperatorClient(settings.operator_socket, project_directory(options))


def follow(client: OperatorClient, operation_id: str, enough: Callable[[Any], bool] = lambda _: False) -> Any:
    """The status with which an operation ends, or the first that is `enough`; each new sentence goes to stderr."""
    told = ""
    while True:
        news = client.ask("follow", operation_id=operation_id, seconds=FOLLOW_SECONDS)
        status = news["status"]
        if news["ended"] or enough(status):
            return status
        sentence = str(status["message"]).partition("\n")[0]
        if sentence != told:
            sys.stderr.write(f"{sentence}\n")
            told = sentence
