"""`sentinel init`: looks at a repository and writes a sentinel.toml for it that is valid at once."""

import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.values.printable import printable
from sentinel.errors.setup import PolicyExistsError
from sentinel.setup.init.files import NewFile, missing, write
from sentinel.setup.init.repository import find_repository
from sentinel.setup.init.survey import Survey, survey
from sentinel.setup.init.toml import Answers, starter, write_policy
from sentinel.setup.install import CLIENTS


def report(root: Path, survey: Survey, written: Sequence[NewFile], kept: Sequence[NewFile]) -> str:
    """Lines for a person; `kept` are the files that were there before."""
    lines = [_built_with(survey), "", f"Written in {printable(str(root))}:"]
    width = max(len(file.path) for file in written)
    lines += [f"  {file.path:{width}}  {file.purpose}" for file in written]
    if kept:
        lines.append(f"Left as they were: {', '.join(printable(file.path) for file in kept)}.")
    lines += [f"Note: {note}" for note in (*survey.notes, *_not_executable(root, kept))]
    return "\n".join((*lines, "", *_next(written)))


def _built_with(survey: Survey) -> str:
    recipe = survey.answers.recipe
    if not recipe.title:
        return "Nothing here says how the project is built: you fill the commands in."
    others = f"; there is {' and '.join(recipe.others)}, too" if recipe.others else ""
    return f"The project is built with {recipe.title}{others}."


def _not_executable(root: Path, kept: Sequence[NewFile]) -> list[str]:
    names = [file.path for file in kept if file.executable and not (root / file.path).stat().st_mode & 0o100]
    return [f"{name} is not executable: run `chmod +x {name}`." for name in names]


def _next(written: Sequence[NewFile]) -> tuple[str, ...]:
    return (
        "Next:",
        "  1. Fill in what is marked CHANGE THIS in sentinel.toml, the scripts in deploy/, and the sprint's tasks.",
        f"  2. git add {shlex.join(file.path for file in written)}",
        '     git commit -m "Release with Sentinel"',
        "  3. sentinel trust",
        "  4. sentinel install CLIENT",
        f"     CLIENT is one of {', '.join(CLIENTS)}.",
    )


__all__ = ["init"]


def init(
    directory: Path,
    *,
    print_only: bool,
    environ: Mapping[str, str],
    token: Callable[[int], str] = secrets.token_hex,
) -> str:
    """Writes sentinel.toml, and what it names, into the repository that encloses `directory`; says what was written.

    With `print_only` nothing is written, and the text is that of sentinel.toml. Files that are there stay as they are.
    `token` gives so many random bytes as hexadecimal digits. Raises the errors of sentinel.errors.setup, and those of
    sentinel.errors.git that say why this is no repository to release from.
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
    written = missing(root, files)
    write(root, written)
    return report(root, found, written, kept=[file for file in files if file not in written])


def _is_taken(path: Path) -> bool:
    """Also by a link that leads nowhere."""
    return path.is_symlink() or path.exists()


def _starters(answers: Answers) -> tuple[NewFile, ...]:
    """The files that the policy names, to begin with."""
    return (
        NewFile("deploy/staging.sh", "puts a release on staging", starter("staging.sh"), executable=True),
        NewFile("deploy/smoke.sh", "tests it there", starter("smoke.sh"), executable=True),
        NewFile("deploy/production.sh", "puts it into production", starter("production.sh"), executable=True),
        NewFile("deploy/rollback.sh", "takes production back", starter("rollback.sh"), executable=True),
        NewFile(answers.sprint, "the sprint's tasks", starter("SPRINT.md")),
        *_changelog(answers),
    )


def _changelog(answers: Answers) -> tuple[NewFile, ...]:
    """None where the repository writes its changes elsewhere, or its changelog lies deeper than a starter would."""
    found = answers.changelog
    if found.source != "file" or found.file.count("/") > 1:
        return ()
    return (NewFile(found.file, "what changes in the next release", starter("CHANGELOG.md")),)
