"""What a person's screen can show, as the client that prints on it tells."""

from typing import Annotated, Literal

from pydantic import Field

from sentinel.core.values.frozen import Frozen

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]
_CODES: dict[Style, int] = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}


class Screen(Frozen):
    """`width` is that of a terminal in columns; None where the text goes elsewhere and is not to be wrapped."""

    width: Annotated[int, Field(ge=20, le=1000)] | None = None
    colour: bool = False

    def paint(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[m" if self.colour else text
