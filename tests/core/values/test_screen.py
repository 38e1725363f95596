"""Texts on a terminal break between words, and never inside of a command that somebody may copy."""

import pytest

from sentinel.core.values.screen import Screen, item, wrapped


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_command_stays_on_one_line(width: int) -> None:
    text = "v0.1.0 waits for a human's approval: a person runs `sentinel approve`, or `sentinel reject`, and waits."
    lines = wrapped(Screen(width=width), text)
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= width
    assert all(line.count("`") % 2 == 0 for line in lines)


def test_a_command_that_is_longer_than_the_line_is_broken_like_a_word() -> None:
    command = '`sentinel abandon --reason "no longer wanted"`'
    assert "".join(wrapped(Screen(width=20), command)) == command


def test_what_does_not_fit_stands_under_the_beginning() -> None:
    assert [*item(Screen(width=22), "one two three four five", mark="- ")] == ["- one two three four", "  five"]
    assert [*item(Screen(), "one two three four five", mark="- ")] == ["- one two three four five"]
