"""`sentinel guard install CLIENT`: puts the guard before the commands of an AI client, or before git's pushes."""

import shlex

from sentinel.core.values.printable import printable, printable_lines
from sentinel.errors.guard import UnknownGuardError
from sentinel.setup.guard.client_hooks import GUARDED, install_hook
from sentinel.setup.guard.pre_push import install_pre_push
from sentinel.setup.install.entry import server
from sentinel.setup.install.place import Place

GIT = "git"


def install_guard(client: str, place: Place, *, print_only: bool) -> str:
    """Guards the project and says what was done; with `print_only`, only what would be entered where.

    Raises the errors of sentinel.errors.guard and of sentinel.errors.install, having written nothing.
    """
    if client == GIT:
        return install_pre_push(place, guard_command(place, "pre-push"), print_only=print_only)
    guarded = GUARDED.get(client)
    if guarded is None:
        known = ", ".join((*GUARDED, GIT))
        raise UnknownGuardError(client=printable(client, limit=60), known=known)
    # A program that is gone ends with another status than 2, and clients would let the command run.
    command = f"{guard_command(place, 'check', '--project', str(place.project))} || exit 2"
    return printable_lines(install_hook(guarded, place, command, print_only=print_only))


def guard_command(place: Place, *words: str) -> str:
    """As a shell takes it, with full paths: hooks get little of a person's environment."""
    entry = server(place, locked_tools="hide", longest_wait=None)
    state = ("env", *(f"{key}={value}" for key, value in entry.env.items())) if entry.env else ()
    return shlex.join((*state, entry.command, "guard", *words))
