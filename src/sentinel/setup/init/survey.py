"""What `sentinel init` finds out about a repository before it writes anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.setup.init.changelogs import find_changelog
from sentinel.setup.init.facts import look
from sentinel.setup.init.files import unusable
from sentinel.setup.init.machine import find_programs, passed_variables
from sentinel.setup.init.names import project_id, project_name
from sentinel.setup.init.repository import Repository
from sentinel.setup.init.source import Source
from sentinel.setup.init.stack import choose
from sentinel.setup.init.stacks import PATHS, STACKS
from sentinel.setup.init.tag_form import find_tag_form
from sentinel.setup.init.toml import Answers


@dataclass(frozen=True, slots=True)
class Survey:
    """`notes` are sentences about what could not be read or found."""

    answers: Answers
    notes: tuple[str, ...]


def survey(repository: Repository, environ: Mapping[str, str], token: Callable[[int], str]) -> Survey:
    """Raises RepositoryUnusableError."""
    root = repository.root
    source = Source(root)
    try:
        recipe = choose(STACKS, look(source, PATHS))
        changelog = find_changelog(source, repository.subjects)
        form = find_tag_form(repository)
        places = find_programs(recipe.tools, environ, root)
        answers = Answers(
            id=project_id(root.name, token),
            name=project_name(root.name),
            branch=repository.branch,
            has_remote=repository.has_remote,
            recipe=recipe,
            passed=passed_variables(recipe.passed, environ),
            path=places.folders,
            sprint=_as_spelt(root, "SPRINT.md"),
            changelog=changelog,
            prefix=form.prefix,
        )
    except OSError as error:
        raise unusable(root, "read", error) from None
    absent = (f"{tool} is not on your PATH: say in `[environment] path` where it is." for tool in places.absent)
    found = (note for note in (changelog.note, form.note) if note)
    return Survey(answers, tuple(dict.fromkeys((*source.notes, *absent, *found))))


def _as_spelt(root: Path, name: str) -> str:
    """The name of a file as the repository has it: `Changelog.md` is its changelog, too."""
    same = sorted(path.name for path in root.iterdir() if path.name.lower() == name.lower())
    return same[0] if same and name not in same else name
