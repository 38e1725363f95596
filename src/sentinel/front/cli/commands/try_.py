"""`sentinel try staging`: a person rehearses staging with the working copy; it counts for nothing."""

from argparse import Namespace

from sentinel.front.cli.parser import Action, Command
from sentinel.front.cli.terminal import require_terminal


def _staging(options: Namespace) -> int:
    from sentinel.front.cli.rehearsal import rehearse

    require_terminal("try staging")
    rehearse(options)
    return 0


COMMAND = Command(
    "Run",
    "rehearse a step of a release; it counts for nothing",
    actions={"staging": Action("run the working copy's staging script, health and smoke", _staging)},
)
