"""What is entered on this machine: Sentinel into AI clients, the guard, completion, users of separated mode.

`sentinel doctor` looks for what keeps it from working here.
"""

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from sentinel.errors.daemon import NotRootError
from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.parser import JSON, Action, Command, argument, command
from sentinel.front.cli.printing import print_reply, say
from sentinel.front.operator.client import Reply
from sentinel.launch.locations import SYSTEM_FOLDER

if TYPE_CHECKING:
    from sentinel.setup.separated import Layout

SHELLS = ("bash", "zsh", "fish")


def _install(options: Namespace) -> int:
    from sentinel.setup.install import install
    from sentinel.setup.install.entry import place_of

    place = place_of(project_directory(options))
    say(install(options.client, place, unattended=options.unattended, print_only=options.print_only))
    return 0


INSTALL = command(
    "add Sentinel to an AI client's configuration",
    _install,
    argument("client", metavar="CLIENT", help="claude-desktop, claude-code, cursor, vscode, codex, gemini or opencode"),
    argument("--unattended", action="store_true", help="let it run Sentinel's tools without asking"),
    argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
)


def _install_guard(options: Namespace) -> int:
    from sentinel.setup.guard import install_guard
    from sentinel.setup.install.entry import place_of

    say(install_guard(options.client, place_of(project_directory(options)), print_only=options.print_only))
    return 0


GUARD = Command(  # `check` and `pre-push` never come here: see `front.cli.main`
    "refuse agents' commands that deploy past Sentinel",
    actions={
        "install": Action(
            "put the guard before an AI client's commands, or before git's pushes",
            _install_guard,
            (
                argument("client", metavar="CLIENT", help="claude-code, codex or git"),
                argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
            ),
        ),
        "check": Action("answer an AI client's PreToolUse hook, whose event is on stdin", _install_guard),
        "pre-push": Action("answer git's pre-push hook, whose refs are on stdin", _install_guard),
    },
)


def _doctor(options: Namespace) -> int:
    """2 where something keeps Sentinel from working."""
    from sentinel.front.cli.doctor import look_around

    checks = look_around(options)
    lines = (f"{'ok  ' if one.ok else 'FAIL'} {one.name}: {one.found} {one.fix}".rstrip() for one in checks)
    reply = Reply([check.model_dump() for check in checks], "\n".join(lines))
    return print_reply(reply, options, "checks", code=0 if all(check.ok for check in checks) else 2)


DOCTOR = command("find what keeps Sentinel from working here", _doctor, JSON)


def _completion(options: Namespace) -> int:
    from sentinel.front.cli.completion import script

    say(script(options.shell))
    return 0


COMPLETION = command(
    "print a script that completes commands in your shell",
    _completion,
    argument("shell", choices=SHELLS, help="such as `source <(sentinel completion bash)` in ~/.bashrc"),
    project=False,
)


def _separated(options: Namespace) -> int:
    """Says each step; with `--print` it does none of them, and anybody may. Raises NotRootError."""
    from sentinel.launch.daemon_start import DAEMON
    from sentinel.setup.separated import Layout, carry_out, check, steps

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
    from sentinel.setup.separated import SYSTEMD

    found = (
        "" if str(layout.runtime) == SYSTEM_FOLDER else f"Agents and operators set SENTINEL_SYSTEM={layout.runtime}.\n"
    )
    started = "" if SYSTEMD.is_dir() else f"systemd does not run here: start the daemon as {layout.unit} says.\n"
    return f"{found}{started}An operator goes on with `sentinel project add --remote URL`."


SETUP = Command(
    "set this machine up for separated mode",
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
