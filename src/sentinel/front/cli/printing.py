"""What commands print: text for people, JSON for programs. Standard library only, so that a command starts quickly."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """One or more lines on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(document: Any) -> None:
    say(json.dumps(document, indent=2, ensure_ascii=False))
