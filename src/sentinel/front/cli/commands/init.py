"""`sentinel init`: looks at the repository and writes a commented sentinel.toml that is valid at once."""

import os
from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.parser import argument, command
from sentinel.front.cli.printing import say


def run(options: Namespace) -> int:
    from sentinel.setup.init import init

    say(init(project_directory(options), print_only=options.print_only, environ=os.environ))
    return 0


COMMAND = command(
    "Set up",
    "look at the repository and write a commented sentinel.toml",
    run,
    argument("--print", action="store_true", dest="print_only", help="only print it"),
)
