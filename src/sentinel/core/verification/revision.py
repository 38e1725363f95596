"""Whether a service answers as the expected release: a stale instance is not healthy.

A JSON object is read by its keys, anything else as a statement of one version. An answer that names several releases,
or a release among other things, proves nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SHORTEST_COMMIT = 7
TEXT_LIMIT = 2000
"""Longer texts are pages that mention versions, not statements of one."""
KEYS = ("version", "commit")
"""The top-level keys that are read if the policy names none."""

_SEPARATORS = re.compile(r"[\s\"'`,;:=@|/()\[\]{}]+")
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)*(?:[-+._][0-9A-Za-z.+_-]*)?")
_COMMIT = re.compile(rf"[0-9A-Fa-f]{{{SHORTEST_COMMIT},64}}")
_LABEL = re.compile(r"[A-Za-z][\w.-]*")
_TAG = re.compile(r"<[^<>]*>")
_VERSION_WORDS = frozenset({"version", "ver", "v", "release", "tag", "commit", "revision"})
_OTHERS = frozenset({"next", "latest", "newest", "available", "upcoming", "previous", "update", "upgrade", "since"})
"""Labels of versions other than the running one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The release that should answer."""

    version: str
    tag: str
    commit: str

    def is_named(self, word: str) -> bool:
        """Whether `word` names it by version, tag or commit; build metadata does not matter, and a commit may be
        shortened.
        """
        names = {self.version, f"v{self.version}", self.tag, self.tag.rpartition("/")[2]}
        if word in names or word.partition("+")[0] in names:
            return True
        return _COMMIT.fullmatch(word) is not None and self.commit.startswith(word.lower())


def answers_release(body: str, *, version: str, tag: str, commit: str, key: str | None = None) -> bool:
    """Whether `body` says that it is this release; `key` is where an object says so, "app.version" for a nested one."""
    release, document = Identity(version, tag, commit), _document(body)
    if key is not None:
        named = _under(document, key)
        return named is not None and _states(named, release)
    if isinstance(document, Mapping):
        known = tuple(_known(document))
        return bool(known) and all(_states(value, release) for value in known)
    if is_structured(body):
        return False
    return _states(document if isinstance(document, str) else body, release)


def is_structured(body: str) -> bool:
    """Whether it is a JSON object or list, or meant to be one; such a body is read only by key."""
    return body.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def said(body: str, key: str | None = None) -> str:
    """What `body` names instead of the release; all of it if that cannot be told."""
    document = _document(body)
    if key is not None:
        return _under(document, key) or body.strip()
    if isinstance(document, Mapping):
        return ", ".join(_known(document)) or body.strip()
    return body.strip()


def _document(body: str) -> object:
    """The body as JSON; None if it is not JSON, is nested too deeply, or has a key twice."""
    try:
        return json.loads(body.lstrip("\ufeff"), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _known(document: Mapping[str, object]) -> Iterator[str]:
    """The version and the commit of the top level; values such as "dev" and "unknown" do not count."""
    for key in KEYS:
        value = document.get(key)
        if isinstance(value, str) and len(value) <= TEXT_LIMIT and any(_is_name(word) for word in _words(value)):
            yield value


def _under(document: object, key: str) -> str | None:
    """The text under `key`, which may itself be dotted or lead through objects."""
    if not isinstance(document, Mapping):
        return None
    value = document.get(key)
    if isinstance(value, str):
        return value
    first, _, rest = key.partition(".")
    return _under(document.get(first), rest) if rest else None


def _states(text: str, release: Identity) -> bool:
    """Whether `text` states exactly that release: a line that begins with it, or names it after a label.

    Of several lines it is the first, or the first with a label. Markup counts as one line if it contains nothing else.
    """
    if len(text) > TEXT_LIMIT:
        return False
    lines = [words for line in _TAG.sub("\n", text).splitlines() if (words := _words(line))]
    if not lines or ("<" in text and len(lines) > 1):
        return False
    labelled = (words for words in lines if words[0].lower() in _VERSION_WORDS and any(map(_is_name, words[1:2])))
    words = lines[0] if _is_name(lines[0][0]) else next(labelled, lines[0])
    for number, word in enumerate(words[:3]):
        if _is_name(word):
            return release.is_named(word) and _is_label(words[:number])
    return False


def _is_label(words: list[str]) -> bool:
    """Nothing, a name, "version", or a name and "version"."""
    if any(not _LABEL.fullmatch(word) or word.lower() in _OTHERS for word in words):
        return False
    return len(words) < 2 or words[-1].lower() in _VERSION_WORDS


def _is_name(word: str) -> bool:
    return _VERSION.fullmatch(word) is not None or _COMMIT.fullmatch(word) is not None


def _words(text: str) -> list[str]:
    return [word.rstrip(".") for word in _SEPARATORS.split(text) if word.rstrip(".")]
