"""What is wrong with a `sentinel.toml`, in one sentence: file, key, what was found and what is expected."""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from sentinel.core.values.printable import printable
from sentinel.errors.policy import PolicyValueError

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
"""By pydantic's error types; the types of our own validators say what is expected themselves."""
_WORDS: Mapping[type, str] = {dict: "a table", list: "a list", tuple: "a list"}
_TOML_BITS = 64


def policy_fault(error: ValidationError, file: str) -> PolicyValueError:
    """The first thing that is wrong; an unknown key before the missing one that it may have been meant for."""
    faults = error.errors(include_url=False)
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    found = "nothing" if first["type"] == "missing" else _found(first["input"])
    expected = _expected(first["type"], first["msg"], first.get("ctx", {}))
    return PolicyValueError(file=printable(file), key=_written_key(first["loc"]), found=found, expected=expected)


def _expected(type: str, message: str, context: Mapping[str, object]) -> str:
    template = _EXPECTED.get(type)
    return template.format_map(context) if template else message.removeprefix("Value error, ")


def _found(value: object) -> str:
    """The value as a person wrote it, in short; what is nested is only named, since it may be nested without end."""
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
