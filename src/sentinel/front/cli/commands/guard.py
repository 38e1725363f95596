"""`sentinel guard install CLIENT`; `guard check` and `guard pre-push` never come here (see `front.cli.main`)."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from sentinel.adapters.git.root import enclosing_root
from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.guard import install_guard
from sentinel.front.cli.printing import say


def run(options: Namespace) -> int:
    done = install_guard(
        options.client,
        project=enclosing_root(project_directory(options)),
        print_only=options.print_only,
        environ=os.environ,
        platform=sys.platform,
        home=Path.home(),
    )
    say(done)
    return 0
