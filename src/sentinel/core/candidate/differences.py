"""How the files of a working tree differ from a commit."""

from typing import Literal

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

How = Literal["changed", "new", "gone", "unknown"]


class Difference(Frozen):
    """One file; `unknown` where it goes through `filter`, which Sentinel does not run."""

    path: FreeText
    how: How
    filter: str = ""
