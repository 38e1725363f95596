"""Reading a tool call: the SDK checks nothing, and a refusal names the argument and what was expected (design 9)."""

from typing import cast

from pydantic import ValidationError

from sentinel.core.catalog import Tool
from sentinel.core.printable import printable
from sentinel.core.requests import REQUESTS, ReleaseStatusRequest, Request
from sentinel.errors.wire import UnknownToolError
from sentinel.front.bad_argument import SHOWN, bad_argument


def read_request(name: str, arguments: dict[str, object] | None) -> tuple[Tool, Request | ReleaseStatusRequest]:
    """Raises UnknownToolError or BadArgumentError."""
    try:
        tool = Tool(name)
    except ValueError:
        raise UnknownToolError(name=printable(name, limit=SHOWN), known=", ".join(Tool)) from None
    try:
        request = REQUESTS[tool].model_validate(arguments or {}, strict=True)
    except ValidationError as error:
        raise bad_argument(tool, error) from None
    return tool, cast("Request | ReleaseStatusRequest", request)
