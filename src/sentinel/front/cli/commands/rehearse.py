"""`sentinel try staging`: a person rehearses staging with the working copy; it counts for nothing."""

import os
import shlex
from argparse import Namespace

from sentinel.adapters.git.root import enclosing_root
from sentinel.adapters.working_policy import working_policy
from sentinel.core.release.states import State
from sentinel.core.values.printable import printable, printable_lines
from sentinel.core.values.urls import without_login
from sentinel.daemon_file import read_daemon_file
from sentinel.engine.people.status import OperatorStatus
from sentinel.errors.rehearsal import RehearsalSeparatedError, StagingInUseError
from sentinel.front.cli.daemon_link import operator, project_directory
from sentinel.front.cli.printing import say
from sentinel.front.cli.rehearsal import VERSION, Rehearsal, head_of
from sentinel.front.cli.terminal import confirm, require_terminal
from sentinel.launch.settings import Settings

FREE = (State.IDLE, State.ACTIVE, State.RELEASE_CANDIDATE)
"""States in which no release needs staging to stay as it is."""


def run(options: Namespace) -> int:
    require_terminal("try staging")
    settings = Settings.from_environ(os.environ)
    if settings.system is not None:
        raise RehearsalSeparatedError
    root = enclosing_root(project_directory(options))
    policy = working_policy(root)
    status = OperatorStatus.model_validate(operator(options).ask("status")).status
    if status.state not in FREE or status.operation is not None:
        raise StagingInUseError(state=status.state)
    staging = policy.staging
    commands = "\n".join(f"  {_shown(command)}" for command in (staging.deploy, staging.smoke))
    confirm(
        f"This runs the working copy's own commands, trusted or not, as you, in {printable(str(root))}:\n{commands}\n"
        f"They deploy what the last build left here to {printable(without_login(staging.url))}, as {VERSION}. It "
        "counts for nothing: no release, no soak, no evidence."
    )
    Rehearsal(root, policy, head_of(root), read_daemon_file(settings.daemon_file)).run()
    say("The rehearsal went well: script, health and smoke. It counts for nothing.")
    return 0


def _shown(command: str | tuple[str, ...]) -> str:
    return printable_lines(command if isinstance(command, str) else shlex.join(command)).replace("\n", "\n  ")
