"""`sentinel adopt VERSION`: records what production runs today, and keeps its files for a rollback."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from sentinel.core.values.printable import printable
from sentinel.errors.release import AdoptionError
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("adopt")
    folder = _folder(options)
    client = operator(options)
    found = client.ask("adoption", version=options.version)
    files = _files(found, folder, without=options.without_artifacts)
    what = f"records that production runs {found['tag']} at {found['commit'][:12]}, by your word. {files}"
    confirm(project_line(asked_status(client), what))
    answer = client.ask_for(
        screen(),
        "adopt",
        version=options.version,
        commit=found["commit"],
        folder=str(folder) if folder else None,
        without=options.without_artifacts,
    )
    return print_followed(client, answer, options)


def _folder(options: Namespace) -> Path | None:
    """The folder itself may be reached by a link, as `current` often is; what is in it may not."""
    if options.artifacts is None:
        return None
    if options.without_artifacts:
        fix = "Give one of the two."
        raise AdoptionError(reason="`--artifacts` and `--without-artifacts` exclude each other", fix=fix)
    folder = Path(options.artifacts).resolve()
    if not folder.is_dir():
        shown = printable(str(folder), limit=200)
        raise AdoptionError(reason=f"{shown} is no folder", fix="Name the folder that holds what production runs.")
    return folder


def _files(found: Any, folder: Path | None, *, without: bool) -> str:
    """Where a rollback will have its files from."""
    if folder is not None:
        return f"Every file in {printable(str(folder), limit=200)} is kept for a rollback."
    if count := found["kept"]:
        return f"{count} file{' of it is' if count == 1 else 's of it are'} kept already."
    if without:
        return "None of its files are kept: there is nothing to go back to after the next release."
    return f"It is built now, and its files are kept for a rollback: {printable(str(found['build']), limit=200)}"


COMMAND = command(
    "Set up",
    "record what production runs today, and keep its files: built from its tag by the trusted policy",
    run,
    argument("version"),
    argument("--artifacts", metavar="DIR", help="keep every file in this folder instead of building"),
    argument("--without-artifacts", action="store_true", help="keep none; then there is nothing to go back to"),
    JSON,
)
