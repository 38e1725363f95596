"""`sentinel trust`: a person reads what the repository would have executed, and pins it."""

from argparse import Namespace

from sentinel.errors.approval import NoTerminalError, NotTrustedError
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import command
from sentinel.front.cli.printing import page, say, screen
from sentinel.front.cli.terminal import YES, is_terminal, read_line


def run(options: Namespace) -> int:
    if not is_terminal():
        raise NoTerminalError(command="trust")
    client = operator(options)
    preview = client.ask_for(screen(), "trust_preview")
    page(preview.text)
    if preview.result["already_trusted"]:
        say("All of this is trusted already.")
        return 0
    _confirm()
    say(client.ask("trust", digest=preview.result["digest"])["status"]["message"])
    return 0


def _confirm() -> None:
    """Raises NotTrustedError unless a person says yes."""
    if read_line(f"Sentinel will execute these commands and files. Trust them? (Type '{YES}' to trust):") != YES:
        raise NotTrustedError


COMMAND = command("Set up", "read and pin the policy and its scripts; nothing of the repository runs before", run)
