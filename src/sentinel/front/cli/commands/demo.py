"""What counts for nothing: two releases of a sample service, and a rehearsal of staging with the working copy."""

from argparse import Namespace

from sentinel.front.cli.parser import Action, Command, argument, command
from sentinel.front.cli.terminal import require_terminal


def _demo(options: Namespace) -> int:
    """Raises DemoFailedError, DemoProgramMissingError or DemoLeftoverError; 0 means that all of it happened."""
    from sentinel.demo.run import show

    show(keep=options.keep)
    return 0


DEMO = command(
    "watch two releases of a sample service, one rolled back",
    _demo,
    argument("--keep", action="store_true", help="keep the demo's folder"),
    project=False,
)


def _staging(options: Namespace) -> int:
    from sentinel.front.cli.rehearsal import rehearse

    require_terminal("try staging")
    rehearse(options)
    return 0


TRY = Command(
    "rehearse staging with the working copy; it counts for nothing",
    actions={"staging": Action("run the working copy's staging script, health and smoke", _staging)},
)
