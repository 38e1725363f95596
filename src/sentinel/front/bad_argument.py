"""What is wrong with the arguments of a tool call or an operator command, in one sentence for agents and people."""

from pydantic import ValidationError

from sentinel.core.values.printable import printable
from sentinel.errors.connection import BadArgumentError

SHOWN = 80
"""Characters of a hostile argument that an answer repeats."""
_EXPECTED = {
    "missing": "this argument, which is required",
    "extra_forbidden": "no such argument",
    "string_type": "a string",
    "int_type": "a whole number",
    "string_too_short": "some text",
}
"""By pydantic's error types; the others say it themselves."""


def bad_argument(tool: str, error: ValidationError) -> BadArgumentError:
    """The first thing that is wrong with the arguments of `tool`."""
    first = error.errors(include_url=False, include_context=False)[0]
    argument = ".".join(str(part) for part in first["loc"]) or "arguments"
    found = "nothing" if first["type"] == "missing" else printable(repr(first["input"]), limit=SHOWN)
    message = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    expected = _EXPECTED.get(first["type"], message[:1].lower() + message[1:])
    return BadArgumentError(tool=tool, argument=printable(argument, limit=SHOWN), found=found, expected=expected)
