"""`sentinel setup separated`: users, folders and the service of separated mode."""

from argparse import Namespace

from sentinel.front.cli.parser import Action, Command, argument


def _separated(options: Namespace) -> int:
    from sentinel.front.cli.separated import set_up

    set_up(options)
    return 0


COMMAND = Command(
    "Set up",
    "set this machine up",
    actions={
        "separated": Action(
            "give the daemon, its commands and the agents users of their own (as root)",
            _separated,
            (
                argument("--agent-user", action="append", default=[], metavar="USER", help="whose agents may ask"),
                argument("--operator", action="append", default=[], metavar="USER", help="who may approve"),
                argument("--name", default="sentinel", help="what users and groups begin with (default: sentinel)"),
                argument("--prefix", default="/", metavar="DIR", help="put every file below DIR (default: /)"),
                argument("--print", action="store_true", dest="print_only", help="only print what would be done"),
            ),
            project=False,
        ),
    },
)
