"""The forms in which programs print a secret, made by what they make them with."""

import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64 without padding": lambda value: base64.b64encode(value.encode()).decode().rstrip("="),
    "wrapped base64": lambda value: base64.encodebytes(value.encode()).decode(),
    "base64 in a URL": lambda value: quote(base64.b64encode(value.encode()).decode(), safe=""),
    "base64 in JSON with escaped slashes": lambda value: base64.b64encode(value.encode()).decode().replace("/", r"\/"),
    "URL": lambda value: quote(value, safe=""),
    "URL path": quote,
    "URL in lower case": lambda value: quote(value, safe="").replace("%2F", "%2f").replace("%C3%A9", "%c3%a9"),
    "URL query": quote_plus,
    "URI component": lambda value: quote(value, safe="!'()*"),
    "JSON": json.dumps,
    "JSON in Unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)),
    "JSON for HTML": lambda value: json.dumps(value).replace("&", r"\u0026").replace("<", r"\u003C"),
    "JSON with escaped slashes": lambda value: json.dumps(value).replace("/", r"\/"),
    "shell": shlex.quote,
    "shell with backslashes": lambda value: "".join(c if c.isalnum() else f"\\{c}" for c in value),
    "XML": html.escape,
    "Python": repr,
    "Python bytes": lambda value: repr(value.encode()),
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal in capitals": lambda value: value.encode().hex().upper(),
}


def leaks(text: bytes, *secrets: str) -> list[str]:
    """The forms of the secrets that are in `text`."""
    return [name for name, form in FORMS.items() if any(core_of(form(one)).encode() in text for one in secrets)]


def core_of(form: str) -> str:
    """What a form has whatever is around it: without quotes and padding."""
    return form.strip().strip("'\"\\").removeprefix("b'").rstrip("=")
