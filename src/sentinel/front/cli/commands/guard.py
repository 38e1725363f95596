"""`sentinel guard install CLIENT`; `guard check` and `guard pre-push` never come here (see `front.cli.main`)."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.printing import say
from sentinel.setup.guard import install_guard
from sentinel.setup.install.place import place_of


def run(options: Namespace) -> int:
    say(install_guard(options.client, place_of(project_directory(options)), print_only=options.print_only))
    return 0
