"""What an agent could try in order to ship what it may not, and the test that tries it (docs/security.md).

`python -m tests.ledger.attacks` prints the tests for pytest; with `page` it writes their list into the document.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from tests.ledger.attempts.decisions import WHAT_PEOPLE_DECIDE
from tests.ledger.attempts.entrances import THE_WAYS_IN
from tests.ledger.attempts.sources import WHAT_IS_BUILT
from tests.repository.markdown import ROOT

ATTEMPTS = {**WHAT_PEOPLE_DECIDE, **WHAT_IS_BUILT, **THE_WAYS_IN}
"""By aim, by file below `tests`, each attempt with the test (without `test_`) that makes it."""
WIDTH = 110
PAGE = ROOT / "docs" / "security.md"
_MARKED = re.compile(r"(<!-- attacks -->\n).*(<!-- /attacks -->)", re.DOTALL)


class Attack(NamedTuple):
    """`attempt` is a sentence's part, `test` a function in `file`, which is below `tests`."""

    attempt: str
    file: str
    test: str

    @property
    def node(self) -> str:
        return f"tests/{self.file}::{self.test}"


def attacks() -> Iterator[Attack]:
    for files in ATTEMPTS.values():
        for file, rows in files.items():
            yield from (Attack(attempt, file, f"test_{test}") for attempt, test in rows.items())


def listed() -> str:
    """The attempts by what they aim at, as the document has them."""
    lines: list[str] = []
    for aim, files in ATTEMPTS.items():
        attempts = [attempt for rows in files.values() for attempt in rows]
        lines += [f"**{aim}** ({len(attempts)})", "", *(_item(attempt) for attempt in attempts), ""]
    return "\n".join(lines)


def _item(attempt: str) -> str:
    return textwrap.fill(f"- {attempt}", WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def with_list(text: str) -> str:
    return _MARKED.sub(lambda match: f"{match[1]}{listed()}{match[2]}", text)


if __name__ == "__main__":
    if sys.argv[1:] == ["page"]:
        PAGE.write_text(with_list(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(" ".join(dict.fromkeys(attack.node for attack in attacks())) + "\n")
