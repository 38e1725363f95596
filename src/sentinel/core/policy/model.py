"""The model of `sentinel.toml`: what a repository asks of its releases."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from sentinel.core.policy.changelog_categories import normal
from sentinel.core.policy.document import POLICY_FILE, SIZE_LIMIT, read_document
from sentinel.core.policy.values import (
    AbsolutePath,
    BaseUrl,
    Branch,
    Category,
    EnvironmentName,
    FileName,
    KeyName,
    PathInside,
    ProjectId,
    PromQL,
    TagPrefix,
    Text,
    UrlPath,
    VersionPath,
    command,
)
from sentinel.core.policy.windows import ZONE, Span, Windows
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import Bump
from sentinel.core.values.times import Duration
from sentinel.errors.policy import PolicySizeError, PolicySyntaxError, PolicyValueError

_EXPECTED = {
    "missing": "this key, which is required",
    "extra_forbidden": "no such key (is it misspelt?)",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "string_type": "a string",
    "tuple_type": "a list",
    "float_type": "a number",
    "int_type": "a whole number",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_short": "text of at least {min_length} character",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "a list with at least {min_length} entry",
    "greater_than": "a number greater than {gt}",
    "less_than": "a number less than {lt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
}
"""What is expected, by pydantic's error types; our own validators say it themselves."""
_WORDS: Mapping[type, str] = {dict: "a table", list: "a list", tuple: "a list"}
_TOML_BITS = 64


def policy_fault(error: ValidationError, file: str) -> PolicyValueError:
    """The first fault; an unknown key before the missing key that it may stand for."""
    faults = error.errors(include_url=False)
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    found = "nothing" if first["type"] == "missing" else _found(first["input"])
    expected = _expected(first["type"], first["msg"], first.get("ctx", {}))
    return PolicyValueError(file=printable(file), key=_written_key(first["loc"]), found=found, expected=expected)


def _expected(type: str, message: str, context: Mapping[str, object]) -> str:
    template = _EXPECTED.get(type)
    return template.format_map(context) if template else message.removeprefix("Value error, ")


def _found(value: object) -> str:
    """The value as a person wrote it, shortened; a nested one is only named, since it may be deep."""
    if (word := _WORDS.get(type(value))) is not None:
        return word if value else f"{word} that is empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _TOML_BITS:
        return "a number too large for TOML"
    return printable(repr(value) if isinstance(value, str) else str(value), limit=80)


def _written_key(location: tuple[str | int, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}" if text else _quoted(part)
    return text or "the file"


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else f'"{printable(key, limit=60)}"'


def _schema(value: object) -> object:
    if type(value) is not int:  # True and 1.0 are equal to 1
        raise ValueError("1")
    return value


Command = Annotated[str | tuple[str, ...], BeforeValidator(command)]
Channel = Literal["terminal", "console", "elicitation"]


class Section(Frozen):
    """A table of sentinel.toml; keys that are Python keywords have an alias."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class ProjectSection(Section):
    id: ProjectId
    name: Text
    branch: Branch = "main"
    remote: Branch | None = None


class Environment(Section):
    """What commands get besides a minimal PATH and the SENTINEL_* variables; `optional` ones may be missing."""

    passed: tuple[EnvironmentName, ...] = Field((), alias="pass")
    optional: tuple[EnvironmentName, ...] = ()
    path: tuple[AbsolutePath, ...] = ()
    env_file: AbsolutePath | None = None
    secrets: Annotated[tuple[EnvironmentName, ...], Field(max_length=100)] = ()


class Sprint(Section):
    source: Literal["checklist"] = "checklist"
    file: PathInside = "SPRINT.md"


class Build(Section):
    setup: Command | None = None
    command: Command
    artifacts: Annotated[tuple[PathInside, ...], Field(min_length=1)]
    revision: Literal["check", "off"] = "check"
    timeout: Duration = timedelta(minutes=30)


class Tests(Section):
    command: Command
    max_age: Duration = timedelta(minutes=15)
    timeout: Duration = timedelta(minutes=30)
    ignore: Annotated[tuple[PathInside, ...], Field(max_length=50)] = ()


class ChangelogSection(Section):
    """Where the changes of a release are written; `categories` are a team's own words and their bumps."""

    source: Literal["file", "conventional-commits", "fragments"] = "file"
    file: PathInside = "CHANGELOG.md"
    folder: PathInside = "changelog.d"
    categories: dict[Category, Literal["patch", "minor", "major"]] = Field({}, max_length=100)

    def words(self) -> dict[str, Bump]:
        """The categories by which the changelog is read."""
        return {normal(word): Bump(bump) for word, bump in self.categories.items()}


class Tag(Section):
    prefix: TagPrefix = "v"
    format: Literal["ssh", "openpgp"] = "ssh"
    key: KeyName = ""


class Staging(Section):
    deploy: Command
    url: BaseUrl
    login: EnvironmentName | None = None
    health: UrlPath = "/healthz"
    health_timeout: Duration = timedelta(seconds=60)
    version_path: VersionPath | None = None
    smoke: Command
    soak: Duration = timedelta(minutes=10)
    timeout: Duration = timedelta(minutes=15)


class ApprovalRules(Section):
    """Who approves, and how.

    `approvers` is a file of the daemon (ssh's allowed_signers), `required` how many of them must sign.
    """

    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("terminal", "console")
    expires: Duration = timedelta(minutes=15)
    approvers: FileName | None = None
    required: Annotated[int, Field(strict=True, ge=1, le=20)] = 1

    @field_validator("required")
    @classmethod
    def _required_of(cls, required: int, info: ValidationInfo) -> int:
        if required > 1 and info.data.get("approvers") is None:
            raise ValueError("1, or `approvers` beside it, of whom so many must sign")
        return required


class Probe(Section):
    path: UrlPath = "/"
    rate: Annotated[float, Field(strict=True, gt=0, le=100)] = 5


class Prometheus(Section):
    url: BaseUrl
    login: EnvironmentName | None = None
    error_rate: PromQL
    latency: PromQL
    interval: Duration = timedelta(seconds=5)


class Verification(Section):
    """Post-deployment verification: five minutes, 1 % errors, 500 ms."""

    window: Duration = timedelta(minutes=5)
    error_rate: Annotated[float, Field(strict=True, gt=0, lt=0.5)] = 0.01
    latency: Duration = timedelta(milliseconds=500)
    probe: Probe = Probe()
    prometheus: Prometheus | None = None


class Production(Section):
    deploy: Command
    rollback: Command
    url: BaseUrl
    login: EnvironmentName | None = None
    health: UrlPath = "/healthz"
    health_timeout: Duration = timedelta(seconds=60)
    version_path: VersionPath | None = None
    timeout: Duration = timedelta(minutes=15)
    environment: Environment = Environment()
    approval: ApprovalRules = ApprovalRules()
    verification: Verification = Verification()
    windows: Windows | None = None


class HotfixSection(Section):
    """Lets people open a hotfix, which soaks for `soak` instead of `[staging] soak`."""

    soak: Duration


class Closure(Section):
    delete_branches: tuple[Text, ...] = ()


class Guard(Section):
    """Prefixes of commands: `refuse` those that agents must not run, besides the guard's own rules, and `allow` those
    that the guard refuses and this project lets agents run.
    """

    refuse: Annotated[tuple[Command, ...], Field(max_length=200)] = ()
    allow: Annotated[tuple[Command, ...], Field(max_length=200)] = ()


class Audit(Section):
    """`high` names scanners without severities whose findings count as high."""

    high: Annotated[tuple[Text, ...], Field(max_length=100)] = ()


class Trust(Section):
    """`also` are patterns of files that are pinned besides those that commands name."""

    also: Annotated[tuple[PathInside, ...], Field(max_length=100)] = ()


class Policy(Section):
    """A whole, valid sentinel.toml."""

    schema_version: Annotated[Literal[1], BeforeValidator(_schema)] = Field(alias="schema")
    project: ProjectSection
    environment: Environment = Environment()
    sprint: Sprint = Sprint()
    build: Build
    tests: Tests
    changelog: ChangelogSection = ChangelogSection()
    tag: Tag = Tag()
    staging: Staging
    production: Production
    hotfix: HotfixSection | None = None
    closure: Closure = Closure()
    guard: Guard = Guard()
    trust: Trust = Trust()
    audit: Audit = Audit()

    def secrets(self, *, production: bool) -> tuple[str, ...]:
        """The secrets that commands get; with `production` also those of production scripts."""
        own = self.production.environment.secrets if production else ()
        return tuple(dict.fromkeys((*self.environment.secrets, *own)))

    def logins(self) -> tuple[str, ...]:
        """The secrets that are sent to services as logins; no command gets them."""
        named = (section.login for _, section in self._services())
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def urls(self) -> tuple[tuple[str, str], ...]:
        """Every address of a service, by its key."""
        return tuple((f"{key}.url", section.url) for key, section in self._services())

    def _services(self) -> tuple[tuple[str, "Staging | Production | Prometheus"], ...]:
        prometheus = self.production.verification.prometheus
        metrics = (("production.verification.prometheus", prometheus),) if prometheus else ()
        return (("staging", self.staging), ("production", self.production), *metrics)

    def unproven(self) -> str | None:
        """What people must know if no answer of production says which release runs."""
        if self.production.version_path is not None:
            return None
        return "The policy has no `production.version_path`: nothing proves which release answers in production."

    def unchecked(self) -> str | None:
        """What a person must know before approving artifacts that may come from any commit."""
        if self.build.revision == "check":
            return None
        return 'Sentinel does not check which commit the artifacts name (`[build] revision = "off"`).'

    def with_spans(self, spans: tuple[Span, ...]) -> "Policy":
        """With what the calendar of its windows says."""
        windows = self.production.windows
        if windows is None or windows.spans == spans:
            return self
        read = windows.model_copy(update={"spans": spans})
        return self.model_copy(update={"production": self.production.model_copy(update={"windows": read})})

    def as_written(self) -> "Policy":
        """Without what its calendar says, which is more to store and differs from day to day."""
        return self.with_spans(())

    def scripts(self) -> tuple[Command, ...]:
        """The commands whose files are pinned by `sentinel trust`: deploy, smoke and rollback."""
        return (self.staging.deploy, self.staging.smoke, self.production.deploy, self.production.rollback)


def read_policy(raw: bytes, *, file: str = POLICY_FILE) -> Policy:
    """The policy in `raw`.

    Raises PolicySizeError, PolicySyntaxError or PolicyValueError, which names the key, what was found and what is
    expected.
    """
    if len(raw) > SIZE_LIMIT:
        raise PolicySizeError(file=printable(file), limit=SIZE_LIMIT)
    try:
        policy = Policy.model_validate(read_document(raw), by_alias=True, by_name=False)
    except ValidationError as error:
        raise policy_fault(error, file) from None
    except (ValueError, RecursionError) as error:  # of TOML, of UTF-8, and of numbers without end
        raise PolicySyntaxError(file=printable(file), detail=printable(str(error), limit=200)) from None
    windows = policy.production.windows
    if windows is not None and "spans" in windows.model_fields_set:  # what a calendar's events become is no key
        raise PolicyValueError(
            file=printable(file), key="production.windows.spans", found="a list", expected="no such key"
        )
    if windows is not None and not windows.is_zone_known:
        key, found = "production.windows.timezone", repr(windows.timezone)
        raise PolicyValueError(file=printable(file), key=key, found=found, expected=ZONE)
    return policy
