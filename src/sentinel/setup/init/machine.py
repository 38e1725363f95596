"""What commands need of this machine and would not have by themselves: folders of programs, and variables."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sentinel.adapters.environment import PATH
from sentinel.core.policy.values import AbsolutePath

ALWAYS_PASSED = ("HOME", "LANG")
_FETCHING = (
    *(name for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY") for name in (proxy, proxy.lower())),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT"),
    *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_FIND_LINKS"),
    *("NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "CARGO_HTTP_CAINFO"),
)
"""Where packages come from, and through what: without these a build fails that works in the person's own terminal."""
_ABSOLUTE: TypeAdapter[str] = TypeAdapter(AbsolutePath)


@dataclass(frozen=True, slots=True)
class Places:
    """`folders` to put before the plain PATH, and the programs that are nowhere."""

    folders: tuple[str, ...]
    absent: tuple[str, ...]


def passed_variables(recipe: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names to pass: those that the recipe asks for, and those for fetching packages that are set here."""
    return tuple(dict.fromkeys((*ALWAYS_PASSED, *recipe, *(name for name in _FETCHING if environ.get(name)))))


def find_programs(tools: Iterable[str], environ: Mapping[str, str], root: Path) -> Places:
    """Looks on the person's PATH; a folder of the repository's own is not one to name, for it is not in every clone."""
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
    return Places(tuple(folders), tuple(absent))


def _usable(environ: Mapping[str, str], root: Path) -> Iterator[str]:
    for folder in environ.get("PATH", "").split(":"):
        with suppress(ValidationError):
            if not Path(_ABSOLUTE.validate_python(folder)).resolve().is_relative_to(root):
                yield folder
