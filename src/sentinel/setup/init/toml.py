"""The sentinel.toml that `sentinel init` writes: a template, filled in and laid out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from string import Template

from sentinel.adapters.git.remote import DEFAULT_REMOTE
from sentinel.core.values.printable import printable
from sentinel.setup.init.changelogs import ChangelogFound
from sentinel.setup.init.stacks import NO_BUILD, NO_TESTS, Recipe

_COLUMN = 38
_GUESSED = "CHANGE THIS, if the build leaves its files elsewhere"
_MARK = " ## "
_BACKSLASHED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What differs between projects; `passed` and `path` are for `[environment]`."""

    id: str
    name: str
    branch: str
    has_remote: bool
    recipe: Recipe
    passed: tuple[str, ...]
    path: tuple[str, ...]
    sprint: str
    changelog: ChangelogFound
    prefix: str


def write_policy(answers: Answers) -> str:
    """A complete sentinel.toml, which read_policy accepts."""
    values = _values(answers)
    lines = starter("sentinel.toml.template").splitlines()
    return "".join(f"{line}\n" for raw in lines for line in _laid_out(raw, values))


def starter(name: str) -> str:
    """The first version of a file, as Sentinel brings it."""
    return (resources.files("sentinel.setup.init") / "starters" / name).read_text(encoding="utf-8")


def _laid_out(line: str, values: dict[str, str]) -> Iterator[str]:
    """The comment goes into a column of its own, or above a line that is too long for that."""
    code, mark, comment = (Template(part).substitute(values) for part in line.partition(_MARK))
    if not mark:
        yield code
    elif len(code) < _COLUMN:
        yield f"{code:{_COLUMN}}# {comment}"
    else:
        yield f"# {comment}"
        yield code


def _values(answers: Answers) -> dict[str, str]:
    recipe = answers.recipe
    return {
        "made_for": f" for {recipe.title}" if recipe.title else "",
        "id": string(answers.id),
        "name": string(answers.name),
        "branch": string(answers.branch),
        "remote": f"{'' if answers.has_remote else '# '}remote = {string(DEFAULT_REMOTE)}",
        "passed": _strings(answers.passed),
        "path": f"path = {_strings(answers.path)}" if answers.path else '# path = ["/opt/example/bin"]',
        "setup": f"setup = {string(recipe.setup)}" if recipe.setup else '# setup = "make setup"',
        "build": string(recipe.build or NO_BUILD),
        "build_says": "makes the artifacts" if recipe.build else "CHANGE THIS: how the project is built",
        "artifacts": _strings(recipe.artifacts),
        "artifacts_say": _GUESSED if recipe.guessed else "where the build leaves them",
        "tests": string(recipe.tests or NO_TESTS),
        "tests_say": "the full regression suite" if recipe.tests else "CHANGE THIS: how all tests are run",
        "sprint": string(answers.sprint),
        **_changelog(answers.changelog),
        "prefix": f"{'# ' if answers.prefix == 'v' else ''}prefix = {string(answers.prefix)}",
        "tag": f"{answers.prefix}1.2.0",
    }


def _changelog(found: ChangelogFound) -> dict[str, str]:
    """Unused keys are comments."""

    def line(key: str, value: str, *, used: bool) -> str:
        return f"{'' if used else '# '}{key} = {string(value)}"

    return {
        "changelog_source": line("source", found.source, used=found.source != "file"),
        "changelog_file": line("file", found.file, used=found.source == "file"),
        "changelog_folder": line("folder", found.folder, used=found.source == "fragments"),
    }


def _strings(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(string, texts))}]"


def string(text: str) -> str:
    """A basic string of TOML 1.0 on one line; hidden characters are escaped, so that people see them."""
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    if character in _BACKSLASHED:
        return _BACKSLASHED[character]
    return character if printable(character) == character else f"\\U{ord(character):08x}"
