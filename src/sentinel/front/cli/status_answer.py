"""What a command prints that was answered with a status."""

from argparse import Namespace
from typing import Any

from sentinel.core.tools.status import ReleaseStatus
from sentinel.front.cli.printing import print_json, say
from sentinel.front.render import status_text


def print_status(document: Any, options: Namespace) -> int:
    """A status as the daemon answered it; the exit code that it deserves."""
    if getattr(options, "json", False):
        print_json(document)
    else:
        say(status_text(ReleaseStatus.model_validate(document)))
    return 0 if document["ok"] else 1
