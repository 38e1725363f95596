"""Secrets and logins of `daemon.toml`: where each comes from, and which projects may use it."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sentinel.core.policy.values import EnvironmentName, ProjectId
from sentinel.core.release.commands import reserved
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.errors.command import SecretNotAllowedError, SecretUnfitError, UnknownSecretError

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): +([!-~][ -~]*)")


def login_headers(name: str, value: str) -> Mapping[str, str]:
    """The headers of a login: of lines `Header: value`, or of one `user:password`. Raises SecretUnfitError."""
    lines = [line.strip() for line in value.split("\n") if line.strip()]
    headers = [_HEADER.fullmatch(line) for line in lines]
    if lines and all(headers):
        return {match[1]: match[2] for match in headers if match}
    if len(lines) == 1 and ":" in lines[0]:
        return {"Authorization": f"Basic {base64.b64encode(lines[0].encode()).decode()}"}
    raise SecretUnfitError(name=name, reason='a login is "user:password", or lines of the form "Header: value"')


SOURCES = ("file", "environment", "command", "credential")


def _free(name: str) -> str:
    if fault := reserved(name):
        raise ValueError(fault)
    return name


SecretName = Annotated[EnvironmentName, Field(max_length=100), AfterValidator(_free)]
Word = Annotated[str, Field(pattern=r"^[^\x00]+$", max_length=4000)]


class SecretSource(Frozen):
    """A file, a variable of the daemon's environment, the output of a command, or a credential of systemd.

    `projects` may name it in their policies; there is no default, because a secret is seldom meant for all.
    """

    projects: Annotated[tuple[ProjectId, ...], Field(min_length=1)]
    file: Annotated[str, Field(pattern=r"^/[^\x00]+$", max_length=4000)] | None = None
    environment: EnvironmentName | None = None
    command: Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)] | None = None
    credential: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*$", max_length=255)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(getattr(self, source) is not None for source in SOURCES) != 1:
            raise ValueError(f"exactly one of {', '.join(SOURCES)} is set")
        return self


def require(sources: Mapping[str, SecretSource], project: str, names: Iterable[str]) -> None:
    """Raises UnknownSecretError or SecretNotAllowedError for the first of `names` that `project` may not use."""
    for name in names:
        source = sources.get(name)
        if source is None:
            raise UnknownSecretError(name=printable(name, limit=100))
        if project not in source.projects:
            raise SecretNotAllowedError(name=name, project=project)
