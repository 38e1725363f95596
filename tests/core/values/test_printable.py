"""Text from outside is shown, not obeyed: every kind of hidden character."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.values.printable import printable, printable_lines

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]
IGNORABLE = (
    *(range(0x00AD, 0x00AE), range(0x034F, 0x0350), range(0x061C, 0x061D), range(0x115F, 0x1161)),
    *(range(0x17B4, 0x17B6), range(0x180B, 0x1810), range(0x200B, 0x2010), range(0x202A, 0x202F)),
    *(range(0x2060, 0x2070), range(0x3164, 0x3165), range(0xFE00, 0xFE10), range(0xFEFF, 0xFF00)),
    *(range(0xFFA0, 0xFFA1), range(0xFFF0, 0xFFF9), range(0x1BCA0, 0x1BCA4), range(0x1D173, 0x1D17B)),
    range(0xE0000, 0xE1000),
)
"""Unicode's Default_Ignorable_Code_Point: what is drawn as nothing."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\rb\nc\td\x00", r"a\x0db\x0ac\x09d\x00"),
        ("\x7f\x9b31m", r"\x7f\x9b31m"),
        ("left\u202eright", r"left\u202eright"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u200bb\ufeff\u00ad", r"a\u200bb\ufeff\xad"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\U000e0041\U000e007f", r"\U000e0041\U000e007f"),
        ("\ud800\udfff", r"\ud800\udfff"),
        ("\ue000\ufdd0\U0010ffff", r"\ue000\ufdd0\U0010ffff"),
        ("\u3164\ufe0f\U000e0100\u2800", r"\u3164\ufe0f\U000e0100\u2800"),
        ("Bücher, 書店, مكتبة, 🚀, e\u0301", "Bücher, 書店, مكتبة, 🚀, e\u0301"),
        ("", ""),
    ],
    ids=ascii,
)
def test_a_hidden_character_is_shown_by_its_number_and_a_visible_one_as_it_is(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
def test_no_character_of_a_hidden_category_comes_through(category: str) -> None:
    hidden = [character for character in EVERY_CHARACTER if unicodedata.category(character) == category]
    assert hidden
    assert set(printable("".join(hidden), limit=len(hidden))).isdisjoint(hidden)


def test_no_character_that_is_drawn_as_nothing_comes_through() -> None:
    hidden = [chr(code) for codes in IGNORABLE for code in codes]
    assert set(printable("".join(hidden), limit=len(hidden))).isdisjoint(hidden)


def test_letters_digits_and_signs_come_through() -> None:
    hidden = {chr(code) for codes in IGNORABLE for code in codes} | {"\u2800"}
    visible = "".join(character for character in EVERY_CHARACTER if character.isprintable() and character not in hidden)
    assert printable(visible, limit=len(visible)) == visible


@given(st.text(st.characters(codec=None), max_size=50), st.integers(0, 60))
def test_it_is_one_printable_line_that_stays_the_same_when_it_is_shown_again(text: str, limit: int) -> None:
    shown = printable(text, limit=limit)
    assert len(shown.splitlines()) <= 1
    assert printable(shown, limit=len(shown)) == shown


def test_what_is_longer_than_the_limit_is_cut_and_says_so() -> None:
    assert printable("x" * 500) == "x" * 500
    assert printable("x" * 501) == "x" * 500 + "…"
    assert printable("\x00\x00\x00", limit=2) == r"\x00\x00…"


def test_lines_stay_lines_and_tabs_become_spaces() -> None:
    assert printable_lines("if x:\n\tgo\x1b[2J\n") == "if x:\n    go\\x1b[2J\n"
    assert printable_lines("a\r\nb\u2028c") == "a\\x0d\nb\\u2028c"


def test_of_many_lines_the_last_are_shown() -> None:
    assert printable_lines("first\nsecond\nthird", limit=9) == "ond\nthird"
