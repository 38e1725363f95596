"""`sentinel init`: looks at a repository and writes a valid sentinel.toml for it, with the files that it names.

It writes all new files or none, never replaces one, and never writes through a link.
"""

import os
import secrets
import shlex
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import anyio

from sentinel.adapters.files import NEW
from sentinel.adapters.files import opened as opened_folder
from sentinel.adapters.git.remote import DEFAULT_REMOTE
from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.values.printable import printable
from sentinel.errors.setup import PathInTheWayError, PolicyExistsError
from sentinel.setup.init.survey import Survey, find_repository, survey, unusable
from sentinel.setup.init.toml import Answers, starter, write_policy
from sentinel.setup.install import CLIENTS

__all__ = ["init"]

_KINDS = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISREG, "a file"))


@dataclass(frozen=True, slots=True)
class NewFile:
    """`path` is relative to the root, with one folder at most; `purpose` says in a few words what the file is for."""

    path: str
    purpose: str
    text: str
    executable: bool = False


def init(
    directory: Path,
    *,
    print_only: bool,
    environ: Mapping[str, str],
    token: Callable[[int], str] = secrets.token_hex,
) -> str:
    """Writes sentinel.toml, and the files that it names, into the repository that encloses `directory`. Existing files
    stay as they are. Returns what was written.

    With `print_only` it writes nothing and returns the text of sentinel.toml. `token` returns that many random bytes as
    hexadecimal digits. Raises the errors of sentinel.errors.setup, and those of sentinel.errors.git that say why it
    cannot release from this repository.
    """
    repository = anyio.run(find_repository, directory, environ)
    root = repository.root
    if not print_only and _is_taken(root / POLICY_FILE):
        raise PolicyExistsError(file=printable(str(root / POLICY_FILE)))
    found = survey(repository, environ, token)
    text = write_policy(found.answers)
    if print_only:
        return text.removesuffix("\n")
    policy = NewFile(POLICY_FILE, "how the project is released, with every key explained", text)
    files = (policy, *_starters(found.answers))
    written = _missing(root, files)
    _write(root, written)
    return _report(root, found, written, kept=[file for file in files if file not in written])


def _is_taken(path: Path) -> bool:
    """A link counts, even if it leads nowhere."""
    return path.is_symlink() or path.exists()


def _starters(answers: Answers) -> tuple[NewFile, ...]:
    """The first versions of the files that the policy names."""
    return (
        NewFile("deploy/staging.sh", "deploys a release to staging", starter("staging.sh"), executable=True),
        NewFile("deploy/smoke.sh", "tests it there", starter("smoke.sh"), executable=True),
        NewFile("deploy/production.sh", "deploys it to production", starter("production.sh"), executable=True),
        NewFile("deploy/rollback.sh", "rolls production back", starter("rollback.sh"), executable=True),
        NewFile(answers.sprint, "the sprint's tasks", starter("SPRINT.md")),
        *_changelog(answers),
    )


def _changelog(answers: Answers) -> tuple[NewFile, ...]:
    """None if the changes are written elsewhere, or if the changelog's path has more than one folder."""
    found = answers.changelog
    if found.source != "file" or found.file.count("/") > 1:
        return ()
    return (NewFile(found.file, "what changes in the next release", starter("CHANGELOG.md")),)


def _missing(root: Path, files: Iterable[NewFile]) -> tuple[NewFile, ...]:
    """The files that do not exist yet. Raises PathInTheWayError if the name belongs to anything but a regular file.

    That includes a link to a file: releases read files from git, where it is a link.
    """
    return tuple(file for file in files if not _is_there(root, PurePosixPath(file.path)))


def _write(root: Path, files: Iterable[NewFile]) -> None:
    """Removes what it has written if it fails. Raises RepositoryUnusableError."""
    try:
        with ExitStack() as opened, ExitStack() as undo:
            top = opened.enter_context(opened_folder(root))
            for file in files:
                path = PurePosixPath(file.path)
                folder = _enter(opened, undo, top, path.parent.name) if path.parent.name else top
                _create(undo, folder, path.name, file)
            undo.pop_all()
    except OSError as error:
        raise unusable(root, "written to", error) from None


def _enter(opened: ExitStack, undo: ExitStack, top: int, name: str) -> int:
    """Opens the folder `name`, and creates it if it is missing."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=top)
        undo.callback(os.rmdir, name, dir_fd=top)
    return opened.enter_context(opened_folder(name, at=top))


def _create(undo: ExitStack, folder: int, name: str, file: NewFile) -> None:
    descriptor = os.open(name, NEW, 0o777 if file.executable else 0o666, dir_fd=folder)
    undo.callback(os.unlink, name, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(file.text.encode())


def _is_there(root: Path, path: PurePosixPath) -> bool:
    parents = [parent for parent in path.parents if parent.name]
    return all(_has_kind(root, parent, "a folder") for parent in parents) and _has_kind(root, path, "a file")


def _has_kind(root: Path, path: PurePosixPath, needed: str) -> bool:
    """False if nothing is there. Raises PathInTheWayError or RepositoryUnusableError."""
    try:
        mode = (root / path).lstat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable(root / path, "read", error) from None
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a special file")
    if kind != needed:
        raise PathInTheWayError(path=printable(str(path)), kind=kind, needed=needed)
    return True


def _report(root: Path, survey: Survey, written: Sequence[NewFile], kept: Sequence[NewFile]) -> str:
    """Lines for a person; `kept` are the files that existed before."""
    lines = [_built_with(survey), "", f"Written in {printable(str(root))}:"]
    width = max(len(file.path) for file in written)
    lines += [f"  {file.path:{width}}  {file.purpose}" for file in written]
    if kept:
        lines.append(f"Unchanged: {', '.join(printable(file.path) for file in kept)}.")
    lines += [f"Note: {note}" for note in (*survey.notes, *_not_executable(root, kept))]
    return "\n".join((*lines, "", *_next(survey.answers, written)))


def _built_with(survey: Survey) -> str:
    recipe = survey.answers.recipe
    if not recipe.title:
        return "Sentinel found no known build system: fill in the commands."
    others = f" It also uses {' and '.join(recipe.others)}." if recipe.others else ""
    return f"The project is built with {recipe.title}.{others}"


def _not_executable(root: Path, kept: Sequence[NewFile]) -> list[str]:
    names = [file.path for file in kept if file.executable and not (root / file.path).stat().st_mode & 0o100]
    return [f"{name} is not executable: run `chmod +x {name}`." for name in names]


def _next(answers: Answers, written: Sequence[NewFile]) -> tuple[str, ...]:
    """Commands that work as they stand: `sentinel trust` refuses a commit that the remote does not have."""
    push = (f"     git push {DEFAULT_REMOTE} {shlex.quote(answers.branch)}",) if answers.has_remote else ()
    return (
        "Next:",
        "  1. Fill in what is marked CHANGE THIS in sentinel.toml, the scripts in deploy/, and the sprint's tasks.",
        f"  2. git add {shlex.join(file.path for file in written)}",
        '     git commit -m "Release with Sentinel"',
        *push,
        "  3. sentinel trust",
        "  4. sentinel install CLIENT",
        f"     CLIENT is one of {', '.join(CLIENTS)}.",
    )
