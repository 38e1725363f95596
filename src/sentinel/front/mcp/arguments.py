"""Reading a tool call: the SDK checks nothing, and a refusal names the argument and what was expected."""

from typing import cast

from pydantic import ValidationError

from sentinel.core.tools.catalog import Tool
from sentinel.core.tools.requests import ReleaseStatusRequest, Request
from sentinel.core.values.printable import printable
from sentinel.errors.wire import BadArgumentError, UnknownToolError
from sentinel.front.bad_argument import SHOWN, bad_argument

PLACEHOLDER = "random_string"
"""What clients send that cannot call a tool without an argument."""


def read_request(
    name: str, arguments: dict[str, object] | None, *, longest_wait: int
) -> tuple[Tool, Request | ReleaseStatusRequest]:
    """Raises UnknownToolError or BadArgumentError."""
    tool = next((known for known in Tool if known == name), None)
    if tool is None:
        raise UnknownToolError(name=printable(name, limit=SHOWN), known=", ".join(Tool))
    try:
        request = tool.entry.request.model_validate(_meant(tool, arguments or {}), strict=True)
    except ValidationError as error:
        raise bad_argument(tool, error) from None
    if isinstance(request, ReleaseStatusRequest) and request.wait_seconds > longest_wait:
        expected, found = f"less than or equal to {longest_wait}", str(request.wait_seconds)
        raise BadArgumentError(tool=tool, argument="wait_seconds", found=found, expected=expected)
    return tool, cast("Request | ReleaseStatusRequest", request)


def _meant(tool: Tool, arguments: dict[str, object]) -> dict[str, object]:
    """The arguments without a placeholder, where a tool needs none."""
    if any(field.is_required() for field in tool.entry.request.model_fields.values()):
        return arguments
    return {name: value for name, value in arguments.items() if name != PLACEHOLDER}
