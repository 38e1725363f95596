"""Looking for entries of the history."""

import pytest

from sentinel.core.audit.chain import AuditDraft, Sought, Topic
from tests.core.chains import chained
from tests.core.projects import NOON

KINDS = (
    "transition",
    "operation.step",
    "operation.taken",
    "approval.claimed",
    "finding.resolved",
    "policy.trusted",
    "production.adopted",
)


@pytest.mark.parametrize(
    ("topic", "kinds"),
    [
        ("everything", KINDS),
        ("what happened", tuple(kind for kind in KINDS if not kind.startswith("operation."))),
        ("releases", ("transition", "production.adopted")),
        ("approvals", ("approval.claimed",)),
        ("findings", ("finding.resolved",)),
        ("trust", ("policy.trusted",)),
    ],
)
def test_a_topic_is_about_its_kinds(topic: Topic, kinds: tuple[str, ...]) -> None:
    entries, _ = chained([(AuditDraft(kind, "person:ada", "said"), NOON) for kind in KINDS])
    assert tuple(entry.kind for entry in entries if Sought(topic=topic).fits(entry)) == kinds


@pytest.mark.parametrize(
    ("words", "fits"),
    [("", True), ("ADA", True), ("ada gift", True), ("ada tea", False), ("claimed", True), ("%", False)],
)
def test_every_word_must_stand_somewhere_in_the_entry(words: str, fits: bool) -> None:  # noqa: FBT001
    entries, _ = chained([(AuditDraft("approval.claimed", "person:ada", "As a Gift"), NOON)])
    assert Sought(words=words).fits(entries[0]) is fits
