"""The steps of `sentinel setup separated`, each said and carried out."""

import os
import sys
from argparse import Namespace

from sentinel.errors.daemon import NotRootError
from sentinel.front.cli.printing import say
from sentinel.launch.daemon_start import DAEMON
from sentinel.launch.locations import SYSTEM_FOLDER
from sentinel.setup.separated.layout import Layout
from sentinel.setup.separated.plan import SYSTEMD, carry_out, check, steps


def set_up(options: Namespace) -> None:
    """Says each step; with `--print` it does none of them, and anybody may."""
    layout = Layout.named(options.name, options.prefix)
    planned = steps(layout, options.agent_user, options.operator, DAEMON)
    if options.print_only:
        say("\n".join(step.shown for step in planned))
        return
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


def _next(layout: Layout) -> str:
    found = (
        "" if str(layout.runtime) == SYSTEM_FOLDER else f"Agents and operators set SENTINEL_SYSTEM={layout.runtime}.\n"
    )
    started = "" if SYSTEMD.is_dir() else f"systemd does not run here: start the daemon as {layout.unit} says.\n"
    return f"{found}{started}An operator goes on with `sentinel project add --remote URL`."
