"""`sentinel rollback`: a person takes production back, and watches until it is done; it needs no other approval."""

from argparse import Namespace

from sentinel.core.approval.plan import ROLLBACK_PHRASE
from sentinel.errors.approval import NotConfirmedError
from sentinel.front.cli.daemon_link import follow, operator
from sentinel.front.cli.phrases import read_phrase
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.status_answer import print_status
from sentinel.front.cli.terminal import require_terminal, show


def run(options: Namespace) -> int:
    require_terminal("rollback")
    client = operator(options)
    text = client.ask("rollback_text")
    show(project_line(asked_status(client), "takes production back.\n"))
    if not read_phrase(text, ROLLBACK_PHRASE).confirmed:
        raise NotConfirmedError(phrase=ROLLBACK_PHRASE)
    answer = client.ask("rollback", reason=options.reason, text=text)
    return print_status(follow(client, answer["operation_id"]), options)
