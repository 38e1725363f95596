"""`sentinel demo`: two releases of the sample service, in a folder of their own, with nothing to answer."""

from argparse import Namespace

from sentinel.front.cli.parser import argument, command


def run(options: Namespace) -> int:
    """Raises DemoFailedError, DemoProgramMissingError or DemoLeftoverError; 0 means that all of it happened."""
    from sentinel.demo.run import show

    show(keep=options.keep)
    return 0


COMMAND = command(
    "Run",
    "watch two releases of a sample service, from a blocked one to an automatic rollback",
    run,
    argument("--keep", action="store_true", help="keep the demo's folder"),
    project=False,
)
