"""The pre-push hook of a working copy; a hook of a person's own is not touched."""

import os

from sentinel.adapters.git.hooks import hooks_folder
from sentinel.core.values.printable import printable, printable_lines
from sentinel.errors.guard import HooksElsewhereError, HookTakenError
from sentinel.setup.install.files import ClientFile
from sentinel.setup.install.place import Place

HOOK = "pre-push"
_MARK = "guard pre-push"
_EXECUTABLE = 0o755


def install_pre_push(place: Place, command: str, *, print_only: bool) -> str:
    """What was done. Raises HookTakenError or HooksElsewhereError, having written nothing."""
    found = hooks_folder(place.project, place.environ)
    path = found.folder / HOOK
    text = f"#!/bin/sh\n# Release tags are signed and pushed by Sentinel alone.\nexec {command}\n"
    if print_only:
        return printable_lines(f"{path}\n{text}".rstrip())
    shown = printable(str(path))
    if not found.own:
        raise HooksElsewhereError(folder=printable(str(found.folder)), command=printable(command))
    file = ClientFile.read(path, inside=found.folder)
    if file.text and _MARK not in file.text:
        raise HookTakenError(file=shown, command=printable(command))
    if file.text == text and os.access(file.target, os.X_OK):
        return f"Pushes are guarded already, by {shown}."
    file.write(text, mode=_EXECUTABLE)
    return f"Pushes of release tags are guarded now, by {shown}."
