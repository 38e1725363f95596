"""The environment of a command (design 3.2): a minimal PATH, what the policy passes, and the SENTINEL_* variables."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sentinel.core.policy import Environment
from sentinel.errors.process import EnvironmentFileError, EnvironmentFileMissingError

PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
SIZE_LIMIT = 256 * 1024
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_OWN = frozenset({"SENTINEL_HOME", "SENTINEL_DATABASE_URL"})
"""The daemon's own settings, which no command gets whatever a policy passes."""


def build_environment(
    environments: tuple[Environment, ...], variables: Mapping[str, str], source: Mapping[str, str]
) -> dict[str, str]:
    """`variables` over the files over what is passed from `source` by name; later environments over earlier ones.

    Raises EnvironmentFileError or EnvironmentFileMissingError.
    """
    built: dict[str, str] = {}
    folders: list[str] = []
    for environment in environments:
        built |= {name: source[name] for name in environment.passed if name in source and name not in _OWN}
        folders += environment.path
    for environment in environments:
        if environment.env_file is not None:
            built |= read_environment_file(Path(environment.env_file))
    built["PATH"] = ":".join((*folders, *PATH))
    return {**built, **variables}


def read_environment_file(file: Path) -> dict[str, str]:
    """NAME=value lines, with comments and optional quotes."""
    try:
        text = file.read_bytes()[:SIZE_LIMIT].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFileMissingError(file=file, reason=getattr(error, "strerror", None) or "not UTF-8") from None
    return dict(_assignments(file, text))


def _assignments(file: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise EnvironmentFileError(file=file, line=number, fault="this is not NAME=value")
        name, value = match.groups()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        yield name, value
