"""Comments cite what a reader of the repository can open: the numbers of docs/protocol.md, or nothing."""

import re

from tests.repository.markdown import ROOT

FOREIGN = re.compile(r"\b(?:design|issue)s? \d")
CITED = re.compile(r"\(protocol (\d(?:\.\d)?)")
HEADING = re.compile(r"^#+ (\d(?:\.\d)?)", re.MULTILINE)
SOURCES = sorted(
    path for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py") if path.name != "test_citations.py"
)


def test_no_comment_cites_a_document_that_is_not_here() -> None:
    found = [path.relative_to(ROOT) for path in SOURCES if FOREIGN.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_rule_that_is_cited_stands_in_the_protocol() -> None:
    rules = set(HEADING.findall((ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")))
    cited = {rule for path in SOURCES for rule in CITED.findall(path.read_text(encoding="utf-8"))}
    assert cited
    assert cited <= rules
