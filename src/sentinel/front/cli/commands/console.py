"""`sentinel console`: a link that signs this person in, once; `sentinel console sign-out` ends all sessions."""

import os
import sys
import webbrowser
from argparse import Namespace
from pathlib import Path

from sentinel.adapters.files import SECRET, write_whole
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_data, print_reply, say
from sentinel.front.cli.terminal import require_terminal
from sentinel.front.operator.client import Reply
from sentinel.launch import locations

FORWARD = """<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={link}"><title>Sentinel</title><a href="{link}">Open the console</a>
"""


def _console(options: Namespace) -> int:
    require_terminal("console")
    client = operator(options)
    if options.action == "sign-out":
        ended = client.ask("console_sign_out")
        text = f"{ended} session{'' if ended == 1 else 's'} of the console ended."
        return print_reply(Reply(ended, text), options, "ended")
    link = client.ask("console")
    if options.json:
        print_data({"link": link})
    elif options.print_only or not _opened(link):
        say(link)
        sys.stderr.write("Open this link within five minutes. It works once, and signs you in.\n")
    return 0


def _opened(link: str) -> bool:
    """By a file that this user alone may read: other users of the machine see what a program is started with."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    page = Path(locations.state_home(os.environ)) / "console.html"
    page.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(page, FORWARD.format(link=link).encode(), mode=SECRET)
    if not webbrowser.open(page.as_uri()):
        return False
    say("The console opens in your browser.")
    return True


CONSOLE = command(
    "open the console in a browser, signed in",
    _console,
    argument(
        "action",
        nargs="?",
        choices=("open", "sign-out"),
        default="open",
        help="open (default), or end every session of the console",
    ),
    argument("--print", action="store_true", dest="print_only", help="only print the link"),
    JSON,
    project=False,
)
