"""What `sentinel init` finds out about a repository before it writes anything."""

import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sentinel.adapters.environment import PATH
from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.fetch import head_branch
from sentinel.adapters.git.location import Location, enclosing_root, locate
from sentinel.adapters.git.remote import DEFAULT_REMOTE, find_remote
from sentinel.core.candidate.version_tags import NOTHING_PUBLISHED, TagNames, common_prefix, read_tags
from sentinel.core.policy.values import AbsolutePath, Branch, TagPrefix
from sentinel.core.values.printable import printable
from sentinel.errors.git import BareRepositoryError, NoCommitsError, ObjectFormatError
from sentinel.errors.setup import NoBranchCheckedOutError, RepositoryUnusableError, UnfitBranchError
from sentinel.errors.version import ForeignTagsError, UnreadTagsError
from sentinel.setup.init.changelogs import find_changelog
from sentinel.setup.init.facts import Source, look
from sentinel.setup.init.stacks import PATHS, STACKS, choose
from sentinel.setup.init.toml import Answers

SUBJECTS = 50
"""Commits whose form is examined."""
_BRANCH: TypeAdapter[str] = TypeAdapter(Branch)


@dataclass(frozen=True, slots=True)
class Repository:
    """`branch` is the one that is checked out; `has_remote` says whether `origin` is configured.

    `contained` are the tags in the branch's history, `tags` all of them, `subjects` those of its newest commits.
    """

    root: Path
    branch: str
    has_remote: bool
    contained: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


async def find_repository(directory: Path, environ: Mapping[str, str]) -> Repository:
    """The repository that encloses `directory`.

    Raises NotARepositoryError, BareRepositoryError, ObjectFormatError, NoCommitsError, NoBranchCheckedOutError,
    UnfitBranchError or RepositoryUnusableError.
    """
    try:
        root = enclosing_root(directory.resolve(strict=True))
        location = locate(root)
    except (OSError, RuntimeError) as error:
        raise unusable(directory, "read", error) from None
    if location.is_sha256:
        raise ObjectFormatError
    git = Git(location.git_dir, GitSettings(environ))
    if location.git_dir == location.common_dir and await _says_bare(git, location):
        raise BareRepositoryError(path=printable(str(root)))
    if await git.line("rev-parse", "--quiet", "--verify", "HEAD") is None:
        raise NoCommitsError
    branch = await head_branch(git, location)
    if branch is None:
        raise NoBranchCheckedOutError(path=printable(str(root)))
    return Repository(
        root,
        _fit(branch),
        await find_remote(git, location, DEFAULT_REMOTE) is not None,
        contained=await _lines(git, "for-each-ref", "--format=%(refname:strip=2)", "--merged=HEAD", "refs/tags/"),
        tags=await _lines(git, "for-each-ref", "--format=%(refname:strip=2)", "refs/tags/"),
        subjects=await _lines(git, "log", "--no-merges", f"--max-count={SUBJECTS}", "--format=%s", "HEAD", "--"),
    )


async def _lines(git: Git, *command: str) -> tuple[str, ...]:
    return tuple((await git(*command)).stdout.decode("utf-8", "replace").splitlines())


async def _says_bare(git: Git, location: Location) -> bool:
    """Linked worktrees of a bare repository have files all the same."""
    words = ("--file", str(location.config), "--no-includes", "--type=bool", "--get", "core.bare")
    return await git.line("config", *words) == "true"


def _fit(branch: str) -> str:
    try:
        return _BRANCH.validate_python(branch)
    except ValidationError:
        raise UnfitBranchError(branch=printable(branch, limit=100)) from None


def unusable(path: Path, used: str, error: Exception) -> RepositoryUnusableError:
    """The operating system's error, as a refusal."""
    reason = getattr(error, "strerror", None) or "its links lead in a circle"
    return RepositoryUnusableError(path=printable(str(path)), used=used, reason=reason)


_NAMELESS = "project"
_SLUG_LENGTH = 58
"""With a dash and four digits it makes the 63 characters that an id may have."""
_NAME_LENGTH = 100


def project_id(folder: str, token: Callable[[int], str]) -> str:
    """A slug and four digits of `token` (bytes → hexadecimal digits), which distinguish folders of the same name."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[: _SLUG_LENGTH + 1].strip("-")[:_SLUG_LENGTH].rstrip("-")
    return f"{slug or _NAMELESS}-{token(2)}"


def project_name(folder: str) -> str:
    """The folder's name without unprintable characters."""
    shown = "".join(character for character in folder if printable(character) == character)
    return " ".join(shown.split())[:_NAME_LENGTH].strip() or _NAMELESS


ALWAYS_PASSED = ("HOME", "LANG")
_FETCHING = (
    *(name for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY") for name in (proxy, proxy.lower())),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT"),
    *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_FIND_LINKS"),
    *("NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "CARGO_HTTP_CAINFO"),
)
"""Where packages come from: without these, a build fails that works in the person's own terminal."""
_ABSOLUTE: TypeAdapter[str] = TypeAdapter(AbsolutePath)


@dataclass(frozen=True, slots=True)
class Programs:
    """`folders` to put before the plain PATH, and the programs that were not found."""

    folders: tuple[str, ...]
    absent: tuple[str, ...]


def passed_variables(recipe: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables to pass: those of the recipe, and those for fetching packages that are set here."""
    return tuple(dict.fromkeys((*ALWAYS_PASSED, *recipe, *(name for name in _FETCHING if environ.get(name)))))


def find_programs(tools: Iterable[str], environ: Mapping[str, str], root: Path) -> Programs:
    """Searches the person's PATH, without folders of the repository: they are not in every clone."""
    folders: dict[str, None] = {}
    absent: list[str] = []
    for tool in dict.fromkeys(tools):
        if shutil.which(tool, path=":".join(PATH)):
            continue
        found = next((folder for folder in _usable(environ, root) if shutil.which(tool, path=folder)), None)
        if found is None:
            absent.append(tool)
        else:
            folders[found] = None
    return Programs(tuple(folders), tuple(absent))


def _usable(environ: Mapping[str, str], root: Path) -> Iterator[str]:
    for folder in environ.get("PATH", "").split(":"):
        with suppress(ValidationError):
            if not Path(_ABSOLUTE.validate_python(folder)).resolve().is_relative_to(root):
                yield folder


DEFAULT = "v"
_PREFIX: TypeAdapter[str] = TypeAdapter(TagPrefix)


@dataclass(frozen=True, slots=True)
class TagForm:
    """`note` says why new versions cannot follow the existing tags, if that is so."""

    prefix: str = DEFAULT
    note: str = ""


def find_tag_form(repository: Repository) -> TagForm:
    """The form of most of the branch's tags, else of most of all tags."""
    found = common_prefix(repository.contained)
    if found is None:
        found = common_prefix(repository.tags)
    prefix = DEFAULT if found is None else found
    elsewhere = frozenset(repository.tags) - frozenset(repository.contained)
    try:
        _PREFIX.validate_python(prefix)
        read_tags(TagNames(frozenset(repository.contained), elsewhere), prefix, NOTHING_PUBLISHED)
    except ValidationError:
        return TagForm(note="`[tag] prefix` cannot express the form of the release tags, so new ones begin with v.")
    except (ForeignTagsError, UnreadTagsError) as error:
        return TagForm(prefix, f"{error.what} {error.fix}")
    return TagForm(prefix)


@dataclass(frozen=True, slots=True)
class Survey:
    """`notes` say what could not be read or found."""

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
        programs = find_programs(recipe.tools, environ, root)
        answers = Answers(
            id=project_id(root.name, token),
            name=project_name(root.name),
            branch=repository.branch,
            has_remote=repository.has_remote,
            recipe=recipe,
            passed=passed_variables(recipe.passed, environ),
            path=programs.folders,
            sprint=_as_spelt(root, "SPRINT.md"),
            changelog=changelog,
            prefix=form.prefix,
        )
    except OSError as error:
        raise unusable(root, "read", error) from None
    absent = (f"{tool} is not on your PATH: name its folder in `[environment] path`." for tool in programs.absent)
    found = (note for note in (changelog.note, form.note) if note)
    return Survey(answers, tuple(dict.fromkeys((*source.notes, *absent, *found))))


def _as_spelt(root: Path, name: str) -> str:
    """The name of a file as the repository spells it, such as `Sprint.md`."""
    same = sorted(path.name for path in root.iterdir() if path.name.lower() == name.lower())
    return same[0] if same and name not in same else name
