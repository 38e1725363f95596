"""The environment of a command: PATH, what the policy passes and the SENTINEL_* variables."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.adapters.files import read_whole
from sentinel.core.policy.model import Environment
from sentinel.core.release.commands import OWN, reserved
from sentinel.errors.command import EnvironmentFileError, EnvironmentFileMissingError

PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
SIZE_LIMIT = 256 * 1024
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class BuiltEnvironment:
    """All variables of a command, and the values that each file had for it, which nothing must show."""

    variables: Mapping[str, str] = field(repr=False)
    filed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


def build_environment(
    environments: tuple[Environment, ...], variables: Mapping[str, str], source: Mapping[str, str]
) -> BuiltEnvironment:
    """`variables` over the files over what is passed from `source` by name; later environments over earlier ones.

    Raises EnvironmentFileError or EnvironmentFileMissingError.
    """
    built: dict[str, str] = {}
    filed: dict[str, tuple[str, ...]] = {}
    folders: list[str] = []
    for environment in environments:
        names = (*environment.passed, *environment.optional)
        built |= {name: source[name] for name in names if name in source and not name.startswith(OWN)}
        folders = [*environment.path, *folders]
    for environment in environments:
        if environment.env_file is not None:
            values = read_environment_file(Path(environment.env_file))
            built |= values
            filed[environment.env_file] = tuple(values.values())
    built["PATH"] = ":".join((*folders, *PATH))
    return BuiltEnvironment({**built, **variables}, filed)


def finds(environments: tuple[Environment, ...], program: str) -> bool:
    """Whether commands with these environments find a program, by name or by its absolute path."""
    folders = [folder for environment in reversed(environments) for folder in environment.path]
    return shutil.which(program, path=":".join((*folders, *PATH))) is not None


def read_environment_file(file: Path) -> dict[str, str]:
    """NAME=value lines, with comments on lines of their own; quotes around a whole value are taken off."""
    try:
        return dict(_assignments(file, read_whole(file, SIZE_LIMIT).decode()))
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFileMissingError(file=file, reason=getattr(error, "strerror", None) or "not UTF-8") from None


def _assignments(file: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            match = _LINE.fullmatch(stripped)
            if match is None:
                raise EnvironmentFileError(file=file, line=number, fault="this is not NAME=value")
            name, value = match.groups()
            if fault := _fault(name, value):
                raise EnvironmentFileError(file=file, line=number, fault=fault)
            yield name, value[1:-1] if value.startswith(_QUOTES) else value


def _fault(name: str, value: str) -> str:
    """Says what is wrong without the value, which may be a secret."""
    if fault := reserved(name):
        return fault
    if "\0" in value:
        return "a value cannot hold a NUL character"
    if value.startswith(_QUOTES) and (len(value) < 2 or value[-1] != value[0]):
        return "the quote at the beginning is not closed at the end"
    return ""
