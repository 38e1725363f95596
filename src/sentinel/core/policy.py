"""The model of `sentinel.toml` (design 3.2): what a repository asks of its releases."""

import re
import tomllib
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from sentinel.core.duration import Duration
from sentinel.core.frozen import Frozen
from sentinel.errors.policy import PolicySizeError, PolicySyntaxError, PolicyValueError

POLICY_FILE = "sentinel.toml"
SIZE_LIMIT = 256 * 1024

PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def _printable(text: str) -> str:
    if not PRINTABLE.fullmatch(text) or text != text.strip():
        raise ValueError("printable text")
    return text


def _path_inside(text: str) -> str:
    parts = _printable(text).split("/")
    if text.startswith(("/", "-")) or ".." in parts or ".git" in parts:
        raise ValueError("a path inside the repository")
    return text


def _branch(text: str) -> str:
    if not re.fullmatch(r"(?![-/.])(?!.*(\.\.|//|@\{|\.lock$|[/.]$))[^\s~^:?*\[\\\x00-\x20\x7f]+", text):
        raise ValueError("the name of a branch")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(_printable(text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an http:// or https:// address")
    return text.rstrip("/")


def _url_path(text: str) -> str:
    if not re.fullmatch(r"/[!-~]*", text) or "#" in text:
        raise ValueError('a path that begins with "/"')
    return text


def _command(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not words or not words[0].strip() or any("\x00" in word for word in words):
        raise ValueError("a command: a string for /bin/sh, or a list of words")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
PathInside = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_path_inside)]
Branch = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_branch)]
BranchPattern = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
BaseUrl = Annotated[str, Field(max_length=1000), AfterValidator(_base_url)]
UrlPath = Annotated[str, Field(max_length=1000), AfterValidator(_url_path)]
Command = Annotated[str | tuple[str, ...], AfterValidator(_command)]
PromQL = Annotated[str, Field(min_length=1, max_length=4000)]
ProjectId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Channel = Literal["terminal", "console", "elicitation"]


class Section(Frozen):
    """A table of sentinel.toml; keys that are Python words carry an alias."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class ProjectSection(Section):
    id: ProjectId
    name: Text
    branch: Branch = "main"
    remote: Branch | None = None


class Environment(Section):
    """What commands get besides a minimal PATH and the SENTINEL_* variables."""

    passed: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = Field((), alias="pass")
    path: tuple[Annotated[str, Field(pattern=r"^/[^:\x00]*$")], ...] = ()
    env_file: Annotated[str, Field(pattern=r"^/[^\x00]*$")] | None = None


class Sprint(Section):
    source: Literal["checklist"] = "checklist"
    file: PathInside = "SPRINT.md"


class Build(Section):
    setup: Command | None = None
    command: Command
    artifacts: Annotated[tuple[PathInside, ...], Field(min_length=1)]
    timeout: Duration = timedelta(minutes=30)


class Tests(Section):
    command: Command
    max_age: Duration = timedelta(minutes=15)
    timeout: Duration = timedelta(minutes=30)


class ChangelogFile(Section):
    file: PathInside = "CHANGELOG.md"


class Tag(Section):
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = "v"
    format: Literal["ssh", "openpgp"] = "ssh"
    key: str = ""


class Staging(Section):
    deploy: Command
    url: BaseUrl
    health: UrlPath = "/healthz"
    health_timeout: Duration = timedelta(seconds=60)
    version_path: UrlPath | None = None
    smoke: Command
    soak: Duration = timedelta(minutes=10)
    timeout: Duration = timedelta(minutes=15)


class ApprovalRules(Section):
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("terminal", "console")
    expires: Duration = timedelta(minutes=15)


class Probe(Section):
    path: UrlPath = "/"
    rate: Annotated[float, Field(gt=0, le=100)] = 5


class Prometheus(Section):
    url: BaseUrl
    error_rate: PromQL
    latency: PromQL
    interval: Duration = timedelta(seconds=5)


class Verification(Section):
    """Post-deployment verification (protocol 4.1): five minutes, 1 % errors, 500 ms."""

    window: Duration = timedelta(minutes=5)
    error_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    latency: Duration = timedelta(milliseconds=500)
    probe: Probe = Probe()
    prometheus: Prometheus | None = None


class Production(Section):
    deploy: Command
    rollback: Command
    url: BaseUrl
    health: UrlPath = "/healthz"
    health_timeout: Duration = timedelta(seconds=60)
    version_path: UrlPath | None = None
    timeout: Duration = timedelta(minutes=15)
    environment: Environment = Environment()
    approval: ApprovalRules = ApprovalRules()
    verification: Verification = Verification()


class Closure(Section):
    delete_branches: tuple[BranchPattern, ...] = ()


class Policy(Section):
    """A whole, valid sentinel.toml."""

    schema_version: Literal[1] = Field(alias="schema")
    project: ProjectSection
    environment: Environment = Environment()
    sprint: Sprint = Sprint()
    build: Build
    tests: Tests
    changelog: ChangelogFile = ChangelogFile()
    tag: Tag = Tag()
    staging: Staging
    production: Production
    closure: Closure = Closure()

    def scripts(self) -> tuple[Command, ...]:
        """The commands whose files are pinned by `sentinel trust`: deploy, smoke and rollback."""
        return (self.staging.deploy, self.staging.smoke, self.production.deploy, self.production.rollback)


def read_policy(raw: bytes, *, file: str = POLICY_FILE) -> Policy:
    """The policy in `raw`.

    Raises PolicySizeError, PolicySyntaxError or PolicyValueError, which names the key, what was found and what
    is expected.
    """
    if len(raw) > SIZE_LIMIT:
        raise PolicySizeError(file=file, limit=SIZE_LIMIT)
    try:
        document = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicySyntaxError(file=file, detail=str(error)[:200]) from None
    try:
        return Policy.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _value_error(error, file) from None


_EXPECTED = {
    "missing": "this key, which is required",
    "extra_forbidden": "no such key (is it misspelt?)",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "string_type": "a string",
    "tuple_type": "a list",
}


def _value_error(error: ValidationError, file: str) -> PolicyValueError:
    """The first thing that is wrong; an unknown key before the missing one that it may have been meant for."""
    faults = error.errors(include_url=False)
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    keys = [part for part in first["loc"] if isinstance(part, int) or not re.search(r"[\[\]()]|^(str|tuple)$", part)]
    message = first["msg"].removeprefix("Value error, ")
    expected = _EXPECTED.get(first["type"], message[:1].lower() + message[1:])
    found = "nothing" if first["type"] == "missing" else repr(first["input"])[:80]
    return PolicyValueError(file=file, key=_written_key(keys), found=found, expected=expected)


def _written_key(keys: list[str | int]) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text or "the file"
