"""Words as the shell would expand them, as far as the text itself says what variables and substitutions hold."""

import re
from collections.abc import Callable, Mapping, Sequence

from sentinel.core.guard.commands import (
    BARE,
    OUTPUT,
    PIPE,
    PROCESS,
    QUOTED_OUTPUT,
    QUOTED_VARIABLE,
    UNKNOWN,
    VARIABLE,
    Word,
)

COMBINATIONS = 16
"""Readings of one command that are looked at, where variables have several values."""
LENGTH = 64 * 1024
"""Characters by which a word may grow as it is expanded; what is longer is not known."""
_SPLIT, _OPEN, _COMMA, _CLOSE = "\ue001", "\ue002", "\ue003", "\ue004"
_MARKS = str.maketrans(dict.fromkeys((_SPLIT, _OPEN, _COMMA, _CLOSE, PIPE), UNKNOWN))
_BRACES = str.maketrans({"{": _OPEN, ",": _COMMA, "}": _CLOSE})
_GROUP = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")

Values = Mapping[str, Sequence[str]]
"""What each variable that the text sets may hold."""
Output = Callable[[str], str]
"""What a script prints, with UNKNOWN for what cannot be told."""


def readings(words: Sequence[Word], values: Values, output: Output) -> list[list[str]]:
    """Each way in which the words may come out; at least one."""
    found: list[list[str]] = [[]]
    for word in words:
        texts = _texts(word, values, output)
        if len(found) * len(texts) > COMBINATIONS:
            texts = [UNKNOWN]
        first, *others = [_fields(text) for text in texts]
        more = [[*before, *after] for after in others for before in found]
        for before in found:
            before.extend(first)
        found += more
    return found


def value(word: Word, values: Values, output: Output) -> list[str]:
    """What the word may be where it is neither split nor brace-expanded: assigned, or fed to a command."""
    return [text.translate(_PLAIN) for text in _texts(word, values, output)]


_PLAIN = str.maketrans({_SPLIT: " ", _OPEN: "{", _COMMA: ",", _CLOSE: "}"})


def _texts(word: Word, values: Values, output: Output) -> list[str]:
    found = [""]
    limit = LENGTH + sum(len(text) for _, text in word)
    for kind, text in word:
        options = _options(kind, text.translate(_MARKS), values, output)
        if len(found) * len(options) > COMBINATIONS:
            options = [UNKNOWN]
        found = [before + after for before in found for after in options]
        if any(len(one) > limit for one in found):
            return [UNKNOWN]
    return found


def _options(kind: str, text: str, values: Values, output: Output) -> Sequence[str]:
    if kind in (VARIABLE, QUOTED_VARIABLE):
        options = list(values.get(text, (UNKNOWN,)))
    elif kind in (OUTPUT, QUOTED_OUTPUT):
        options = [output(text).rstrip("\n")]
    elif kind == PROCESS:
        return [PIPE + text]
    elif kind == BARE:
        return [text.translate(_BRACES)]
    else:
        return [text]
    return [re.sub(r"\s+", _SPLIT, option) for option in options] if kind in (VARIABLE, OUTPUT) else options


def _fields(text: str) -> list[str]:
    fields = (field for one in _braces(text) for field in one.split(_SPLIT))
    return [field.translate(_PLAIN) for field in fields] if text else [""]


def _braces(text: str) -> list[str]:
    """Brace expansion, innermost first; a group without a comma is no group."""
    found = [text]
    while len(found) < COMBINATIONS * 4:
        at = next((at for at, one in enumerate(found) if _GROUP.search(one)), None)
        if at is None:
            break
        one = found[at]
        group = _GROUP.search(one)
        assert group is not None  # noqa: S101 - told to the type checker
        choices = group[1].split(_COMMA)
        if len(choices) == 1:
            choices = [f"{{{choices[0]}}}"]
        found[at : at + 1] = [one[: group.start()] + choice + one[group.end() :] for choice in choices]
    return found
