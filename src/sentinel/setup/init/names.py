"""Names for a project, made from its folder's, which may be anything that a file system takes."""

import re
import unicodedata
from collections.abc import Callable

from sentinel.core.values.printable import printable

_NAMELESS = "project"
_SLUG_LENGTH = 58
"""With a dash and four digits it makes the 63 characters that an id may have."""
_NAME_LENGTH = 100


def project_id(folder: str, token: Callable[[int], str]) -> str:
    """A slug and four digits of `token` (bytes → hexadecimal digits), which keep apart folders of the same name."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[: _SLUG_LENGTH + 1].strip("-")[:_SLUG_LENGTH].rstrip("-")
    return f"{slug or _NAMELESS}-{token(2)}"


def project_name(folder: str) -> str:
    """The folder's name without the characters that cannot be shown."""
    shown = "".join(character for character in folder if printable(character) == character)
    return " ".join(shown.split())[:_NAME_LENGTH].strip() or _NAMELESS
