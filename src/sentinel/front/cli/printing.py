"""What commands print: text for people, JSON for programs."""

import json
import sys
from argparse import Namespace
from typing import Any

from sentinel.core.status import ReleaseStatus
from sentinel.front.render import status_text


def say(text: str) -> None:
    """One or more lines on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(document: Any) -> None:
    say(json.dumps(document, indent=2, ensure_ascii=False))


def print_status(document: Any, options: Namespace) -> int:
    """A status as the daemon answered it; the exit code that it deserves."""
    if getattr(options, "json", False):
        print_json(document)
    else:
        say(status_text(ReleaseStatus.model_validate(document)))
    return 0 if document["ok"] else 1
