"""Audit chains for tests: drawn by hypothesis, or a short sample."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from sentinel.core.audit.chain import AuditDraft, AuditEntry, AuditHead, seal
from tests.core.projects import NOON

PROJECT = "shop-7f3a"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
DRAFTS = st.builds(AuditDraft, kind=TEXT, actor=TEXT, summary=TEXT, data=st.dictionaries(TEXT, JSON, max_size=3))
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones

Step = tuple[AuditDraft, datetime]
History = list[Step]
Chain = tuple[list[AuditEntry], AuditHead]


def steps(length: int) -> History:
    """So many steps without anything unusual in them."""
    return [(AuditDraft(f"test.step{number}", "person:ada", f"step {number}"), NOON) for number in range(length)]


def histories(min_size: int = 1) -> st.SearchStrategy[History]:
    """Up to six steps, of which any one is drawn: drawing them all would take most of the time of these tests."""
    return st.builds(_around, st.tuples(DRAFTS, TIMES), others=st.integers(min_size - 1, 5), index=st.integers(0, 5))


def _around(drawn: Step, others: int, index: int) -> History:
    plain = steps(others)
    return [*plain[:index], drawn, *plain[index:]]


HISTORIES = histories()


def chained(history: Sequence[Step], head: AuditHead | None = None) -> Chain:
    """The entries of `history`, sealed one after the other from `head` on, and their end."""
    entries, end = [], head or AuditHead()
    for draft, at in history:
        entries.append(seal(draft, project=PROJECT, head=end, at=at))
        end = AuditHead(sequence=entries[-1].sequence, digest=entries[-1].digest)
    return entries, end


def sample(length: int = 4) -> Chain:
    return chained(steps(length))


def changed(entry: AuditEntry, **fields: object) -> AuditEntry:
    return entry.model_copy(update=fields)
