"""How a project comes under Sentinel: its policy is written and trusted, and what production runs is recorded.

In separated mode an operator registers it first, by the remote that it is released from.
"""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from sentinel.core.values.printable import printable
from sentinel.errors.approval import NotTrustedError
from sentinel.errors.release import AdoptionError
from sentinel.front.cli.daemon_link import operator, project_directory, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, Action, Command, argument, command
from sentinel.front.cli.printing import print_reply, print_status, say, screen
from sentinel.front.cli.terminal import YES, confirm, page, read_line, require_terminal
from sentinel.front.operator.client import Reply


def _init(options: Namespace) -> int:
    from sentinel.setup.init import init

    say(init(project_directory(options), print_only=options.print_only, environ=os.environ))
    return 0


INIT = command(
    "write a commented sentinel.toml that suits the repository",
    _init,
    argument("--print", action="store_true", dest="print_only", help="only print it"),
)


def _trust(options: Namespace) -> int:
    """A person reads what the repository would have executed, and pins it. Raises NotTrustedError."""
    require_terminal("trust")
    client = operator(options)
    preview = client.ask_for(screen(), "trust_preview")
    page(preview.text)
    if preview.result["already_trusted"]:
        return print_status(Reply(client.ask("status"), "All of this is trusted already."), options)
    if read_line(f"Sentinel will execute these commands and files. Trust them? (Type '{YES}' to trust):") != YES:
        raise NotTrustedError
    trusted = client.ask("trust", digest=preview.result["digest"])
    return print_status(Reply(trusted, trusted["status"]["message"]), options)


TRUST = command("read and pin the policy and its scripts: only pinned ones run", _trust, JSON)


def _adopt(options: Namespace) -> int:
    require_terminal("adopt")
    folder = _folder(options)
    client = operator(options)
    found = client.ask("adoption", version=options.version)
    files = _files(found, folder, without=options.without_artifacts)
    what = f"records that production runs {found['tag']} at {found['commit'][:12]}, by your word. {files}"
    confirm(project_line(client.ask("status"), what))
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


ADOPT = command(
    "record what production runs today, and keep its files",
    _adopt,
    argument("version"),
    argument("--artifacts", metavar="DIR", help="keep every file in this folder instead of building"),
    argument("--without-artifacts", action="store_true", help="keep none; then there is nothing to go back to"),
    JSON,
)


def _add(options: Namespace) -> int:
    require_terminal("project add")
    client = operator(options)
    shown = printable(options.remote, limit=200)
    confirm(f"The daemon releases a project from {shown}, branch {printable(options.branch)}.")
    added = client.ask_for(screen(), "add_project", url=options.remote, branch=options.branch)
    return print_reply(added, options, "project")


PROJECT = Command(
    "register projects with this machine's daemon (separated mode)",
    actions={
        "add": Action(
            "register a project by the remote that it is released from",
            _add,
            (
                argument("--remote", required=True, metavar="URL", help="what the daemon fetches from and pushes to"),
                argument("--branch", default="main", help="what releases are cut from (default: main)"),
                JSON,
            ),
            project=False,
        ),
    },
)
