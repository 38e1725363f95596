"""`sentinel adopt VERSION`: records what production runs today, where Sentinel did not deploy it."""

from argparse import Namespace

from sentinel.core.printable import printable
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.status_answer import print_status
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("adopt")
    client = operator(options)
    shown = printable(options.version, limit=80)
    confirm(project_line(asked_status(client), f"records that production runs {shown}, by your word."))
    return print_status(client.ask("adopt", version=options.version)["status"], options)
