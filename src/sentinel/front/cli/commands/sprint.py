"""A sprint is opened, which agents may do as well, and closed; a person makes the next release a hotfix, or not."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.parser import JSON, REASON, Action, Command, argument
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _start(options: Namespace) -> int:
    return print_status(operator(options).ask_for(screen(), "start_sprint", name=options.name), options)


def _close(options: Namespace) -> int:
    require_terminal("sprint close")
    client = operator(options)
    found = client.ask("status")
    sprint, count = found["status"]["sprint"], found["open_findings"]
    if sprint is not None:
        findings = f"{count} open finding{' counts' if count == 1 else 's count'} no longer"
        what = f"closes the sprint {sprint} without a release; {findings}, save those that outlive a sprint."
        confirm(project_line(found, what))
    return print_status(client.ask_for(screen(), "close_sprint"), options)


SPRINT = Command(
    "open or close a sprint",
    actions={
        "start": Action("open a sprint", _start, (argument("name"), JSON)),
        "close": Action("close it without a release", _close, (JSON,)),
    },
)


def _start_hotfix(options: Namespace) -> int:
    require_terminal("hotfix start")
    client = operator(options)
    what = "makes the next release a hotfix: a patch with the short soak of `[hotfix]`."
    confirm(project_line(client.ask("status"), f"{what}\nReason: {printable(options.reason)}"))
    return print_status(client.ask_for(screen(), "start_hotfix", reason=options.reason), options)


def _end_hotfix(options: Namespace) -> int:
    require_terminal("hotfix end")
    client = operator(options)
    found = client.ask("status")
    if found["status"]["hotfix"] is not None:
        confirm(project_line(found, "makes the next release like any other: no hotfix."))
    return print_status(client.ask_for(screen(), "end_hotfix"), options)


HOTFIX = Command(
    "declare the next release urgent: a patch with a short soak",
    actions={
        "start": Action("open a hotfix; the policy needs a [hotfix] table", _start_hotfix, (REASON, JSON)),
        "end": Action("cancel it before a candidate is prepared", _end_hotfix, (JSON,)),
    },
)
