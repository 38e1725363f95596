"""`sentinel hotfix start` and `sentinel hotfix end`: a person declares the next release urgent, or takes that back."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, REASON, Action, Command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _start(options: Namespace) -> int:
    require_terminal("hotfix start")
    client = operator(options)
    what = "makes the next release a hotfix: a patch with the short soak of `[hotfix]`."
    confirm(project_line(asked_status(client), f"{what}\nReason: {printable(options.reason)}"))
    return print_status(client.ask_for(screen(), "start_hotfix", reason=options.reason), options)


def _end(options: Namespace) -> int:
    require_terminal("hotfix end")
    client = operator(options)
    confirm(project_line(asked_status(client), "makes the next release like any other: no hotfix."))
    return print_status(client.ask_for(screen(), "end_hotfix"), options)


COMMAND = Command(
    "Decide",
    "declare the next release urgent: a patch with a short soak",
    actions={
        "start": Action("open a hotfix, where the policy has a [hotfix]", _start, (REASON, JSON)),
        "end": Action("end it before anything was prepared", _end, (JSON,)),
    },
)
