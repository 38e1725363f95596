"""`sentinel mcp`, which never comes here (see `front.cli.main`): what the help and the documents say of it."""

from argparse import Namespace

from sentinel.front.cli.parser import argument, command


def run(_options: Namespace) -> int:
    raise NotImplementedError


COMMAND = command(
    "Run",
    "serve an AI client on stdin and stdout",
    run,
    argument(
        "--locked-tools",
        choices=("hide", "reject"),
        help="hide locked tools (default), or list every tool and reject the call",
    ),
    argument("--longest-wait", metavar="SECONDS", help="how long release_status may wait (1-3600; 50)"),
)
