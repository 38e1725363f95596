"""The types of values in `sentinel.toml`; each error says what is expected."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from sentinel.core.policy.changelog_categories import normal
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.git import REF
from sentinel.core.values.printable import printable

PREFIX_LIMIT = 100
_FOREIGN_IN_TAGS = re.compile(r"[^A-Za-z0-9_.@/+#-]")
PATH_LIMIT, KEY_LIMIT = 1000, 200
COMMAND_LIMIT = 4000
"""The longest command, in characters; a longer one belongs in a script, which `sentinel trust` can show."""


def command(value: object) -> str | tuple[str, ...]:
    """A string for /bin/sh, or a list of words that is executed as it is."""
    words = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    texts = tuple(word for word in words if isinstance(word, str) and "\x00" not in word)
    if not words or texts != words or not texts[0].strip() or sum(map(len, texts)) > COMMAND_LIMIT:
        raise ValueError(f"a command: a string for /bin/sh, or a list of words, at most {COMMAND_LIMIT} characters")
    return texts[0] if isinstance(value, str) else texts


def _printable(text: str) -> str:
    if printable(text, limit=len(text)) != text or text != text.strip():
        raise ValueError("printable text, without hidden characters or spaces around it")
    return text


def _path_inside(text: str) -> str:
    parts = _printable(text).split("/")
    if text.startswith(("/", "-")) or ".." in parts or any(part.casefold() == ".git" for part in parts):
        raise ValueError("a path inside the repository")
    return text


def _file_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text):
        raise ValueError("the plain name of a file of the daemon, without a folder")
    return text


def _branch(text: str) -> str:
    if not REF.fullmatch(_printable(text)):
        raise ValueError("a name that git allows for a branch or a remote")
    return text


def _tag_prefix(text: str) -> str:
    expected = 'the beginning of a tag\'s name, such as "v", "api/v" or "@shop/api@"'
    if (foreign := _FOREIGN_IN_TAGS.search(text)) is not None:
        raise ValueError(f'{expected}, without "{printable(foreign[0])}"')
    if len(text) > PREFIX_LIMIT:
        raise ValueError(f"{expected}, of at most {PREFIX_LIMIT} characters")
    # What follows it is a number: a name that git does not allow with one behind it is no tag.
    if REF.fullmatch(f"{text}1") is None:
        raise ValueError(f"{expected}, which git allows: without a leading dash or dot, and no empty part")
    return text


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(_printable(text))
        # `port` is read when it is asked for, and only then refused.
        addressed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        addressed = False
    if not addressed or re.search(r"[\s\\?#]", text):
        raise ValueError("an http:// or https:// address, without a query")
    return text.rstrip("/")


class VersionKey(Frozen):
    """An address that answers with a JSON object, and the key in it that names the release; "app.version" is a nested
    key.
    """

    path: str
    key: str


def version_path(value: object) -> str | VersionKey:
    """A path, or the table of a path and a key."""
    table = value.model_dump() if isinstance(value, VersionKey) else value
    path = table.get("path") if isinstance(table, Mapping) else table
    key = table.get("key") if isinstance(table, Mapping) and set(table) == {"path", "key"} else None
    named = isinstance(key, str) and 0 < len(key) <= KEY_LIMIT and printable(key, limit=KEY_LIMIT) == key
    if not isinstance(path, str) or len(path) > PATH_LIMIT or not (named or isinstance(value, str)):
        raise ValueError('a path that begins with "/", or a table such as { path = "/version", key = "app.version" }')
    return VersionKey(path=_url_path(path), key=str(key)) if named else _url_path(path)


def _url_path(text: str) -> str:
    if not re.fullmatch(r"/[!-~]*", text) or "#" in text:
        raise ValueError('a path that begins with "/"')
    return text


def _category(text: str) -> str:
    if not normal(_printable(text)) or len(text) > 60:
        raise ValueError('the name of a category, such as "Neu"')
    return text


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
PathInside = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_path_inside)]
AbsolutePath = Annotated[str, Field(pattern=r"^/[^:\x00]*$", max_length=400), AfterValidator(_printable)]
FileName = Annotated[str, AfterValidator(_file_name)]
Branch = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_branch)]
TagPrefix = Annotated[str, AfterValidator(_tag_prefix)]
Category = Annotated[str, AfterValidator(_category)]
KeyName = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
BaseUrl = Annotated[str, Field(max_length=1000), AfterValidator(_base_url)]
UrlPath = Annotated[str, Field(max_length=PATH_LIMIT), AfterValidator(_url_path)]
VersionPath = Annotated[str | VersionKey, BeforeValidator(version_path)]
PromQL = Annotated[str, Field(min_length=1, max_length=4000)]
PROJECT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ProjectId = Annotated[str, Field(pattern=f"^{PROJECT_ID.pattern}$")]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
