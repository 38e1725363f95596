"""`sentinel install CLIENT`."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import project_directory
from sentinel.front.cli.printing import say
from sentinel.setup.install import install
from sentinel.setup.install.place import place_of


def run(options: Namespace) -> int:
    say(
        install(
            options.client,
            place_of(project_directory(options)),
            unattended=options.unattended,
            print_only=options.print_only,
        )
    )
    return 0
