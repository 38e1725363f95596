"""Reading a tool call: the SDK checks nothing, and a refusal names the argument and what was expected (design 9)."""

from typing import cast

from pydantic import ValidationError

from sentinel.core.catalog import Tool
from sentinel.core.printable import printable
from sentinel.core.requests import REQUESTS, ReleaseStatusRequest, Request
from sentinel.errors.wire import BadArgumentError, UnknownToolError

SHOWN = 80
"""Characters of a hostile argument that an answer repeats."""


def read_request(name: str, arguments: dict[str, object] | None) -> tuple[Tool, Request | ReleaseStatusRequest]:
    """Raises UnknownToolError or BadArgumentError."""
    try:
        tool = Tool(name)
    except ValueError:
        raise UnknownToolError(name=printable(name, limit=SHOWN), known=", ".join(Tool)) from None
    try:
        request = REQUESTS[tool].model_validate(arguments or {}, strict=True)
    except ValidationError as error:
        raise _bad_argument(tool, error) from None
    return tool, cast("Request | ReleaseStatusRequest", request)


def _bad_argument(tool: Tool, error: ValidationError) -> BadArgumentError:
    first = error.errors(include_url=False, include_context=False)[0]
    argument = ".".join(str(part) for part in first["loc"]) or "arguments"
    found = "nothing" if first["type"] == "missing" else printable(repr(first["input"]), limit=SHOWN)
    message = first["msg"].removeprefix("Input should be ")
    expected = _EXPECTED.get(first["type"], message[:1].lower() + message[1:])
    return BadArgumentError(tool=tool, argument=printable(argument, limit=SHOWN), found=found, expected=expected)


_EXPECTED = {
    "missing": "this argument, which is required",
    "extra_forbidden": "no such argument",
    "string_type": "a string",
    "int_type": "a whole number",
    "string_too_short": "some text",
}
