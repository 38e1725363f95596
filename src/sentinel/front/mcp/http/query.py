"""What the URL of a remote agent chooses: `/mcp?locked-tools=reject&longest-wait=540`."""

from urllib.parse import parse_qsl

from pydantic import ValidationError

from sentinel.core.values.printable import printable
from sentinel.errors.remote import UrlParameterError
from sentinel.front.bad_argument import SHOWN
from sentinel.front.mcp.preferences import Preferences

NAMES = {"locked-tools": "locked_tools", "longest-wait": "longest_wait"}
_EXPECTED = {"locked_tools": "hide or reject", "longest_wait": "a number of seconds from 1 to 3600"}


def preferences_of(query: bytes) -> Preferences:
    """Raises UrlParameterError: a misspelled choice would silently be another one."""
    chosen: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("ascii", "replace"), keep_blank_values=True):
        field = NAMES.get(name)
        if field is None:
            raise _refused(name, "such a parameter", " or ".join(NAMES))
        if field in chosen:
            raise _refused(name, "it twice", "it once")
        chosen[field] = value
    try:
        return Preferences.model_validate_strings(chosen)
    except ValidationError as error:
        field = str(error.errors(include_url=False)[0]["loc"][0])
        name = next(name for name, known in NAMES.items() if known == field)
        raise _refused(name, repr(chosen[field]), _EXPECTED[field]) from None


def _refused(name: str, found: str, expected: str) -> UrlParameterError:
    shown = printable(name, limit=SHOWN)
    return UrlParameterError(name=shown, found=printable(found, limit=SHOWN), expected=expected)
