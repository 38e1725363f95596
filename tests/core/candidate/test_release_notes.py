"""The notes of a release: its entries under their categories, and nothing that could be taken for something else."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.changelog import NOTES_LINES, NOTES_WIDTH, Entry, shorten, write_notes
from sentinel.core.proof.checkpoint import SSH_SIGNATURE, find_note

TEXTS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "-----BEGIN SSH SIGNATURE-----",
            "history-key sentinel/shop+1a2b3c4d+AbCd",
            "x\nsentinel/shop\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 x AAAA\n",
            "commit 0123",
            "Signed-off-by: x",
        ]
    ),
)
ENTRIES = st.lists(st.builds(Entry, st.lists(TEXTS, max_size=2).map(tuple), TEXTS), max_size=100)


def test_entries_stand_under_their_categories_in_their_order() -> None:
    entries = [
        Entry((), "Zero"),
        Entry(("Added",), "One"),
        Entry(("Added",), "Two"),
        Entry(("Fixed", "Till"), "Three"),
        Entry((), "Four"),
    ]
    assert write_notes(entries) == "- Zero\n## Added\n- One\n- Two\n## Fixed, Till\n- Three\n## Other\n- Four"


def test_many_entries_are_counted() -> None:
    notes = write_notes(Entry((), f"{number}") for number in range(NOTES_LINES + 5)).split("\n")
    assert notes[-2:] == [f"- {NOTES_LINES - 1}", "- and 5 more"]


@given(ENTRIES)
def test_no_line_of_the_notes_can_be_taken_for_anything_else(entries: list[Entry]) -> None:
    notes = write_notes(entries)
    lines = notes.split("\n") if notes else []
    assert all(line.startswith(("- ", "## ")) for line in lines)
    assert "---" not in notes
    assert SSH_SIGNATURE.decode() not in f"{notes}\n"
    assert find_note(f"v1.2.0\n\n{notes}\n\ncommit x\n\n") is None
    assert len(notes.encode()) <= (NOTES_LINES + 1) * (NOTES_WIDTH + 10) * 10


def test_of_long_notes_the_first_whole_lines_are_shown() -> None:
    assert shorten("- a\n- b\n- c", limit=8) == "- a\n- b\n…"
    assert shorten("- a\n- b\n- c", limit=100) == "- a\n- b\n- c"
    assert shorten("", limit=10) == ""
