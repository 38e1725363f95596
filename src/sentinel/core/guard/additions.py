"""What the policy adds to the guard's rules: its own refused and allowed commands, deployment scripts and tags."""

import re
from collections.abc import Callable, Mapping

LIMIT = 200
"""Refused commands of one policy that are looked at."""


class Additions:
    """`refuse` and `allow` are beginnings of commands, word by word; `tag_prefix` is what release tags begin with."""

    def __init__(
        self,
        refuse: tuple[tuple[str, ...], ...] = (),
        tag_prefix: str = "v",
        allow: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        self._refuse = refuse
        self._allow = allow
        self._tag_prefix = tag_prefix

    @property
    def tag_prefix(self) -> str:
        return self._tag_prefix

    def refusing(self, words: list[str]) -> tuple[str, ...] | None:
        """The beginning by which a command is refused."""
        return next((pattern for pattern in self._refuse if begins(words, pattern)), None)

    def allowing(self, words: list[str]) -> bool:
        """Whether the project lets agents run a command that the guard's own rules refuse."""
        return any(begins(words, pattern) for pattern in self._allow)


class LateAdditions(Additions):
    """The additions of the policy `text`, which is parsed only if a command may be one that it names.

    Parsing takes a third of a decision, and few commands begin with a word of the policy.
    """

    def __init__(self, text: str, parse: Callable[[], Additions]) -> None:
        self._text = text
        self._parse = parse
        self._parsed: Additions | None = None

    @property
    def tag_prefix(self) -> str:
        return self._read().tag_prefix

    def refusing(self, words: list[str]) -> tuple[str, ...] | None:
        return self._read().refusing(words) if self._may_name(words[0]) else None

    def allowing(self, words: list[str]) -> bool:
        return self._may_name(words[0]) and self._read().allowing(words)

    def _may_name(self, word: str) -> bool:
        """Whether the end of a path stands in the text as a whole; with an escape in it the text may hide any word."""
        name = next((part for part in reversed(word.split("/")) if part not in ("", ".")), "")
        if "\\" in self._text or name not in self._text:
            return "\\" in self._text
        return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", self._text) is not None

    def _read(self) -> Additions:
        if self._parsed is None:
            self._parsed = self._parse()
        return self._parsed


def additions_of(tables: Mapping[str, object]) -> Additions:
    """The additions of a sentinel.toml that may be broken elsewhere; what is not understood adds nothing."""
    production = _table(tables, "production")
    named = [_words(production.get(key)) for key in ("deploy", "rollback")]
    refused, allowed = (_commands(_table(tables, "guard").get(key)) for key in ("refuse", "allow"))
    # A program without arguments and without a path is too little to know a script by.
    scripts = [words for words in named if len(words) > 1 or any("/" in word for word in words)]
    prefix = _table(tables, "tag").get("prefix")
    return Additions(
        tuple(words for words in (*scripts, *refused) if words)[:LIMIT],
        prefix if isinstance(prefix, str) else "v",
        tuple(words for words in allowed if words)[:LIMIT],
    )


def begins(words: list[str], pattern: tuple[str, ...]) -> bool:
    """Whether a command is the one that `pattern` begins; a path is known by as much of it as both have."""
    return len(words) >= len(pattern) and all(
        _same(word, known) if at == 0 or "/" in known else word == known
        for at, (word, known) in enumerate(zip(words, pattern, strict=False))
    )


def _same(word: str, known: str) -> bool:
    a = [part for part in word.split("/") if part not in ("", ".")]
    b = [part for part in known.split("/") if part not in ("", ".")]
    shared = min(len(a), len(b))
    return shared > 0 and a[-shared:] == b[-shared:]


def _table(tables: Mapping[str, object], name: str) -> dict[str, object]:
    found = tables.get(name)
    return found if isinstance(found, dict) else {}


def _commands(value: object) -> list[tuple[str, ...]]:
    return [_words(command) for command in value] if isinstance(value, list) else []


def _words(command: object) -> tuple[str, ...]:
    if isinstance(command, str):
        words = tuple(command.split())
    elif isinstance(command, list):
        words = tuple(word for word in command if isinstance(word, str))
    else:
        return ()
    # `sh deploy.sh` is known by its script, whoever runs it.
    shells = ("sh", "bash", "/bin/sh", "/bin/bash")
    return words[1:] if len(words) > 1 and words[0] in shells and not words[1].startswith("-") else words
