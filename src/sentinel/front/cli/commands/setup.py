"""`sentinel setup separated`: users, folders and the service of separated mode."""

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from sentinel.errors.daemon import NotRootError
from sentinel.front.cli.parser import Action, Command, argument
from sentinel.front.cli.printing import say
from sentinel.launch.locations import SYSTEM_FOLDER

if TYPE_CHECKING:
    from sentinel.setup.separated.layout import Layout


def _separated(options: Namespace) -> int:
    """Says each step; with `--print` it does none of them, and anybody may. Raises NotRootError."""
    from sentinel.launch.daemon_start import DAEMON
    from sentinel.setup.separated.layout import Layout
    from sentinel.setup.separated.plan import carry_out, check, steps

    layout = Layout.named(options.name, options.prefix)
    planned = steps(layout, options.agent_user, options.operator, DAEMON)
    if options.print_only:
        say("\n".join(step.shown for step in planned))
        return 0
    if os.geteuid() != 0:
        raise NotRootError
    warnings = check(layout, options.agent_user, options.operator)
    for step in planned:
        if not step.is_done():
            carry_out(step)
            say(step.shown.partition("\n")[0])
    for warning in warnings:
        sys.stderr.write(f"sentinel: {warning}\n")
    say(_next(layout))
    return 0


def _next(layout: "Layout") -> str:
    from sentinel.setup.separated.plan import SYSTEMD

    found = (
        "" if str(layout.runtime) == SYSTEM_FOLDER else f"Agents and operators set SENTINEL_SYSTEM={layout.runtime}.\n"
    )
    started = "" if SYSTEMD.is_dir() else f"systemd does not run here: start the daemon as {layout.unit} says.\n"
    return f"{found}{started}An operator goes on with `sentinel project add --remote URL`."


COMMAND = Command(
    "Set up",
    "set this machine up",
    actions={
        "separated": Action(
            "give the daemon, its commands and the agents users of their own (as root)",
            _separated,
            (
                argument("--agent-user", action="append", default=[], metavar="USER", help="whose agents may ask"),
                argument("--operator", action="append", default=[], metavar="USER", help="who may approve"),
                argument("--name", default="sentinel", help="what users and groups begin with (default: sentinel)"),
                argument("--prefix", default="/", metavar="DIR", help="put every file below DIR (default: /)"),
                argument("--print", action="store_true", dest="print_only", help="only print what would be done"),
            ),
            project=False,
        ),
    },
)
