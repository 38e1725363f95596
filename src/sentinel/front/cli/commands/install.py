"""`sentinel install CLIENT`."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.parser import argument, command
from sentinel.front.cli.printing import say


def run(options: Namespace) -> int:
    from sentinel.setup.install import install
    from sentinel.setup.install.place import place_of

    say(
        install(
            options.client,
            place_of(project_directory(options)),
            unattended=options.unattended,
            print_only=options.print_only,
        )
    )
    return 0


COMMAND = command(
    "Set up",
    "enter Sentinel into an AI client's configuration",
    run,
    argument("client", metavar="CLIENT", help="claude-desktop, claude-code, cursor, vscode, codex, gemini or opencode"),
    argument("--unattended", action="store_true", help="let it run Sentinel's tools without asking"),
    argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
)
