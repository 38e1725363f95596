"""What a command prints, as it is shown: nothing that a terminal obeys, and no line that a sequence hides."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.adapters.supervisor.run_folder import readable

FAILED = "FAILED test_price: 3 != 4"
BEGINNINGS = {
    "a title": "\x1b]0;my title",
    "a link": "\x1b]8;;https://example.org",
    "a device string": "\x1bPq#0;2",
    "a private message": "\x1b^x",
    "a command of the application": "\x1b_G",
    "a start of string": "\x1bX",
    "half a colour": "\x1b[31",
    "half a title": "\x1b]",
    "an escape alone": "\x1b",
    "eight bits of it": "\x9d0;my title",
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_sequence_that_does_not_end_on_its_line_takes_nothing_after_it(beginning: str, end: str) -> None:
    shown = readable(f"12 tests{end}{beginning}{end}{FAILED}{end}".encode())
    assert shown.split("\n")[0] == "12 tests"
    assert shown.split("\n")[2] == FAILED


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\picture", "picture"),
        ("\x1b(Btext", "text"),
        ("\x1b]0;never ended, and text", "0;never ended, and text"),
    ],
)
def test_a_whole_sequence_carries_no_text(output: str, shown: str) -> None:
    assert readable(output.encode()) == shown


PIECES = st.sampled_from(("\x1b", "]0;", "[31m", "[", "P", "_", "\x07", "\x1b\\", "\n", "\r\n", "\x9b", "text", " "))


@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join) | st.binary(max_size=200))
def test_nothing_that_a_terminal_obeys_is_ever_shown(output: str | bytes) -> None:
    shown = readable(output if isinstance(output, bytes) else output.encode("utf-8", "surrogatepass"))
    assert [one for one in shown if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Cs")] == []


@given(st.lists(PIECES, max_size=20).map("".join))
def test_a_plain_line_is_shown_whatever_came_before_it(before: str) -> None:
    assert FAILED in readable(f"{before}\n{FAILED}\n".encode()).split("\n")
