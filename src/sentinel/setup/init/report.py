"""What `sentinel init` tells: what it took the repository for, what it wrote, and what comes next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from sentinel.core.values.printable import printable
from sentinel.setup.init.files import NewFile
from sentinel.setup.init.survey import Survey
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
