"""`sentinel window waive`: a person lets this candidate go to production although the window is closed."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, REASON, Action, Command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _waive(options: Namespace) -> int:
    require_terminal("window waive")
    client = operator(options)
    found = asked_status(client)
    release = found["status"]["release"]
    if release is not None:
        what = f"lets {release['tag']} be requested for production although the window is closed."
        confirm(project_line(found, f"{what}\nReason: {printable(options.reason)}"))
    release_id = release["id"] if release else ""
    return print_status(client.ask_for(screen(), "waive_window", reason=options.reason, release_id=release_id), options)


COMMAND = Command(
    "Decide",
    "let a release go to production outside of the windows",
    actions={"waive": Action("let the candidate go although the window is closed", _waive, (REASON, JSON))},
)
