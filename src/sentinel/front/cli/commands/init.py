"""`sentinel init`: looks at the repository and writes a commented sentinel.toml that is valid at once."""

import os
from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.printing import say
from sentinel.setup.init import init


def run(options: Namespace) -> int:
    say(init(project_directory(options), print_only=options.print_only, environ=os.environ))
    return 0
