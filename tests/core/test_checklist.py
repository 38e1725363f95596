"""The sprint's tasks: which lines of a Markdown file are tasks, and which of them are done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.checklist import Checklist, parse_checklist
from sentinel.errors.version import NestingError

SPRINT = """\
# Autumn

- [x] Take orders
- [ ] Take *payments*
  with cards
  1. [X] of one kind
  2. [ ] of another
* [x] Ship
+ [ ] Return

> - [ ] as the lawyers say
"""


@pytest.mark.requirement("P1.1-sprint")
def test_every_item_with_a_box_is_a_task_at_any_depth() -> None:
    assert parse_checklist(SPRINT) == Checklist(
        open=("Take *payments* with cards", "of another", "Return", "as the lawyers say"), done=3
    )
    assert parse_checklist(SPRINT).total == 7


TASKS = {
    "open": ("- [ ] x", 1, 0),
    "done": ("- [x] x", 0, 1),
    "done, in a capital": ("- [X] x", 0, 1),
    "more spaces": ("-   [ ]    x", 1, 0),
    "a tab": ("-\t[ ]\tx", 1, 0),
    "the text on the next line": ("- [ ]\n  x", 1, 0),
    "two lists": ("- [ ] x\n\ntext\n\n- [x] y", 1, 1),
    "loose items": ("- [ ] x\n\n- [ ] y\n\n- [x] z", 2, 1),
    "a task with a code block": ("- [ ] x\n  ```\n  - [ ] y\n  ```", 1, 0),
    "a box that a link definition covers": ("[x]: https://example.org\n\n- [x] y", 0, 1),
    "an item without a box": ("- x\n- [ ] y", 1, 0),
}
NO_TASKS = {
    "nothing": "",
    "a byte order mark": "\ufeff",
    "no list": "[ ] x\n\n[x] y",
    "no blank after the box": "- [ ]x",
    "a box alone": "- [ ]",
    "another mark": "- [-] x\n- [✓] y\n- [xx] z\n- [] w",
    "a box in the text": "- x [ ] y",
    "an escaped box": "- \\[ ] x",
    "a link": "- [x](https://example.org) y",
    "a blank that is no space": "- [\u00a0] x",
    "a fenced block": "```\n- [ ] x\n```",
    "a fence that is never closed": "~~~\n- [ ] x",
    "an indented block": "text\n\n    - [ ] x",
    "a comment": "<!--\n- [ ] x\n-->",
    "raw HTML": "<ul>\n<li>[ ] x</li>\n</ul>",
    "code": "- `[ ] x`",
    "a heading in an item": "- # [ ] x",
}


@pytest.mark.parametrize(("text", "open", "done"), TASKS.values(), ids=TASKS)
def test_a_task_is_open_or_done(text: str, open: int, done: int) -> None:
    checklist = parse_checklist(text)
    assert (len(checklist.open), checklist.done) == (open, done)


@pytest.mark.parametrize("text", NO_TASKS.values(), ids=NO_TASKS)
def test_what_only_looks_like_a_task_is_none(text: str) -> None:
    assert parse_checklist(text).total == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_nothing(mark: str, newline: str) -> None:
    assert parse_checklist(mark + SPRINT.replace("\n", newline)) == parse_checklist(SPRINT)


def test_a_hostile_task_is_shown_on_one_line_without_hidden_characters_and_short() -> None:
    assert parse_checklist("- [ ] a\x1b[31m\u202e\n  b").open == (r"a\x1b[31m\u202e b",)
    assert parse_checklist(f"- [ ] {'x' * 300}").open == ("x" * 200 + "…",)


def nested(levels: int) -> str:
    return "".join(f"{'  ' * depth}- [x] level {depth}\n" for depth in range(levels)) + "\n# Next\n\n- [ ] behind it\n"


def test_nothing_behind_a_deep_list_is_overlooked() -> None:
    assert parse_checklist(nested(9)) == Checklist(open=("behind it",), done=9)
    for levels in (10, 11, 200):
        with pytest.raises(NestingError):
            parse_checklist(nested(levels))


@given(st.lists(st.tuples(st.booleans(), st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True)), max_size=20))
def test_what_was_written_is_what_is_read(tasks: list[tuple[bool, str]]) -> None:
    checklist = parse_checklist("".join(f"- [{'x' if done else ' '}] {text}\n" for done, text in tasks))
    assert checklist.open == tuple(text for done, text in tasks if not done)
    assert checklist.done == sum(done for done, _ in tasks)
