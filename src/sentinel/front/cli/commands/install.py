"""`sentinel install CLIENT`."""

from argparse import Namespace

from sentinel.front.cli.install import install
from sentinel.front.cli.install.place import place_of
from sentinel.front.cli.printing import say


def run(options: Namespace) -> int:
    say(install(options.client, place_of(options), unattended=options.unattended, print_only=options.print_only))
    return 0
