"""Names and sentences that people and agents give: bounded, on one line, with hidden characters made visible."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.printable import printable


def _folded(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


# An agent's words are stored and shown to people: on one line, with hidden characters made visible.
Name = Annotated[FreeText, Field(min_length=1, max_length=100), BeforeValidator(_folded), AfterValidator(printable)]
Line = Annotated[FreeText, Field(min_length=1, max_length=500), BeforeValidator(_folded), AfterValidator(printable)]
Version = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
