"""A login of a service: a secret of daemon.toml that is sent with every request, and never shown."""

import base64
import re
from collections.abc import Mapping

from sentinel.errors.secrets import SecretUnfitError

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): +([!-~][ -~]*)")


def login_headers(name: str, value: str) -> Mapping[str, str]:
    """Headers of one or more lines `Header: value`, or those of a `user:password`. Raises SecretUnfitError."""
    lines = [line.strip() for line in value.split("\n") if line.strip()]
    headers = [_HEADER.fullmatch(line) for line in lines]
    if lines and all(headers):
        return {match[1]: match[2] for match in headers if match}
    if len(lines) == 1 and ":" in lines[0]:
        return {"Authorization": f"Basic {base64.b64encode(lines[0].encode()).decode()}"}
    raise SecretUnfitError(name=name, reason='a login is "user:password", or lines of the form "Header: value"')
