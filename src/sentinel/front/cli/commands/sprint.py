"""`sentinel sprint start NAME`, which agents may do as well, and `sentinel sprint close`, which is a person's."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, Action, Command, argument
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _start(options: Namespace) -> int:
    return print_status(operator(options).ask_for(screen(), "start_sprint", name=options.name), options)


def _close(options: Namespace) -> int:
    require_terminal("sprint close")
    client = operator(options)
    found = asked_status(client)
    sprint, count = found["status"]["sprint"], found["open_findings"]
    if sprint is not None:
        findings = f"{count} open finding{' counts' if count == 1 else 's count'} no longer"
        what = f"closes the sprint {sprint} without a release; {findings}, save those that outlive a sprint."
        confirm(project_line(found, what))
    return print_status(client.ask_for(screen(), "close_sprint"), options)


COMMAND = Command(
    "Decide",
    "open or close a sprint",
    actions={
        "start": Action("open a sprint", _start, (argument("name"), JSON)),
        "close": Action("close it without a release", _close, (JSON,)),
    },
)
