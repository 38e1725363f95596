"""`sentinel sprint start NAME`, which agents may do as well, and `sentinel sprint close`, which is a person's."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.status_answer import print_status
from sentinel.front.cli.terminal import confirm, require_terminal
from sentinel.front.operator.client import OperatorClient


def run(options: Namespace) -> int:
    if options.action == "start":
        return print_status(operator(options).ask("start_sprint", name=options.name)["status"], options)
    require_terminal("sprint close")
    return _close(operator(options), options)


def _close(client: OperatorClient, options: Namespace) -> int:
    found = asked_status(client)
    sprint, count = found["status"]["sprint"], found["open_findings"]
    if sprint is not None:
        findings = f"{count} open finding{' counts' if count == 1 else 's count'} no longer"
        what = f"closes the sprint {sprint} without a release; {findings}, save those that outlive a sprint."
        confirm(project_line(found, what))
    return print_status(client.ask("close_sprint")["status"], options)
