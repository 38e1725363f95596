"""`sentinel demo`: two releases of the sample service, in a folder of their own, with nothing to answer."""

from argparse import Namespace

from sentinel.demo.run import show


def run(options: Namespace) -> int:
    """Raises DemoFailedError, DemoProgramMissingError or DemoLeftoverError; 0 means that all of it happened."""
    show(keep=options.keep)
    return 0
