"""Documents are read in terminals and in diffs: lines of prose have at most 110 characters."""

import pytest

from tests.repository.markdown import Document, documents

LONGEST = 110


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_lines_of_prose_have_at_most_110_characters(document: Document) -> None:
    fenced, long = False, []
    for number, line in enumerate(document.path.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if len(line) > LONGEST and not fenced and not line.startswith("|"):
            long.append(number)
    assert long == []
