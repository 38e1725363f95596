"""`sentinel guard install CLIENT`; `guard check` and `guard pre-push` never come here (see `front.cli.main`)."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.parser import Action, Command, argument
from sentinel.front.cli.printing import say


def _install(options: Namespace) -> int:
    from sentinel.setup.guard import install_guard
    from sentinel.setup.install.place import place_of

    say(install_guard(options.client, place_of(project_directory(options)), print_only=options.print_only))
    return 0


COMMAND = Command(
    "Set up",
    "keep agents from deploying past Sentinel",
    actions={
        "install": Action(
            "put the guard before an AI client's commands, or before git's pushes",
            _install,
            (
                argument("client", metavar="CLIENT", help="claude-code, codex or git"),
                argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
            ),
        ),
        "check": Action("answer an AI client's PreToolUse hook, whose event is on stdin", _install),
        "pre-push": Action("answer git's pre-push hook, whose refs are on stdin", _install),
    },
)
