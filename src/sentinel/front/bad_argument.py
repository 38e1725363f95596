"""What is wrong with the arguments of a tool call, or of what a person asks, in one sentence."""

from pydantic import ValidationError

from sentinel.core.values.printable import printable
from sentinel.errors.connection import BadArgumentError, BadInputError

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
    """For an agent that has called `tool`."""
    return BadArgumentError(tool=tool, **_first_fault(error))


def bad_input(error: ValidationError) -> BadInputError:
    """For a person."""
    return BadInputError(**_first_fault(error))


def _first_fault(error: ValidationError) -> dict[str, str]:
    first = error.errors(include_url=False, include_context=False)[0]
    argument = ".".join(str(part) for part in first["loc"]) or "arguments"
    found = "nothing" if first["type"] == "missing" else printable(repr(first["input"]), limit=SHOWN)
    message = first["msg"]
    for opening in ("Input should be ", "String should have ", "Value error, "):
        message = message.removeprefix(opening)
    expected = _EXPECTED.get(first["type"], message[:1].lower() + message[1:])
    return {"argument": printable(argument, limit=SHOWN), "found": found, "expected": expected}
