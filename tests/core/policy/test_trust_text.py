"""What is shown of a pinned file: every difference of bytes can be seen, whatever the bytes are."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.policy.pinning import shown_file

BLANKS = st.text(alphabet=st.sampled_from(" \t\n\r\u00a0\u2003\u200bab\\x\u2192\u00b7"), max_size=30).map(str.encode)


def test_four_blanks_that_became_a_tab_are_a_change_that_can_be_seen() -> None:
    shown = shown_file("Makefile", b"all:\n\techo\n", b"all:\n    echo\n")
    assert shown[0] == "=== Makefile (changed)"
    assert "-    echo" in shown
    assert "+\u2192   echo" in shown


def test_blanks_at_the_end_carriage_returns_and_other_white_space_can_be_seen() -> None:
    shown = shown_file("x", "a\u00a0b \r\n".encode() + b"c  \n", b"a b\nc\n")
    assert r"+a\u00a0b \x0d" in shown
    assert "+c\u00b7\u00b7" in shown


def test_what_is_no_utf8_can_be_told_from_its_spelling() -> None:
    assert [line for line in shown_file("x", b"\xff", rb"\xff") if line[0] in "-+" and line[1] not in "-+"] == [
        r"-b'\\xff'",
        r"+b'\xff'",
    ]


@given(BLANKS | st.binary(max_size=40), BLANKS | st.binary(max_size=40))
def test_different_bytes_are_never_shown_alike(now: bytes, trusted: bytes) -> None:
    shown = shown_file("x", now, trusted)
    assert (shown == ("=== x (unchanged)",)) == (now == trusted)
    if now != trusted:
        removed, added = ([line[1:] for line in shown[3:] if line[0] == sign] for sign in "-+")
        assert removed != added
    assert all(line.isprintable() for line in shown)
