"""The sprint's tasks: which lines of a Markdown file are tasks, and which of them are done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.checklist import Checklist, parse_checklist
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
    "ticked, but no list": "[x] y",
    "ticked, without a blank": "-[x] y\n\n- [x]y",
    "a label": "- [docs] x\n- [API] y\n- [done] z",
    "a footnote": "[^1]: x\n\n- [^1] y",
    "a numbered reference": "[1]: https://example.org\n\n[1] x",
    "a callout": "> [!NOTE]\n> x",
    "a box in the text": "- x [ ] y",
    "an arrow function": "- () => x",
    "a link": "- [x](https://example.org) y\n- [1](https://example.org)\n- [docs][1]",
    "a fenced block": "```\n- [ ] x\n```",
    "a fenced block in an item": "- ```\n  - [ ] x\n  ```",
    "a fence in a quote": "> ~~~~\n> - [ ] x\n> ~~~~~",
    "a comment": "<!--\n- [ ] x\n-->",
    "raw HTML": "<ul>\n<li>[ ] x</li>\n</ul>",
    "code": "- `[ ] x`",
}
UNCLEAR = {
    "an empty box": ("- [] x", ("- [] x",)),
    "a box alone": ("- [ ]", ("- [ ]",)),
    "no blank after the box": ("- [ ]x", ("- [ ]x",)),
    "no blank after the dash": ("-[ ] x", ("-[ ] x",)),
    "in progress, moved, cancelled, unclear, half done": (
        "- [/] a\n- [>] b\n- [-] c\n- [?] d\n- [~] e\n- [!] f\n- [*] g\n- [<] h\n- [.] i",
        ("- [/] a", "- [>] b", "- [-] c", "- [?] d", "- [~] e", "- [!] f", "- [*] g", "- [<] h", "- [.] i"),
    ),
    "a tick, another letter, two": (
        "- [\u2713] a\n- [v] b\n- [xx] c\n- [x ] d\n",
        ("- [\u2713] a", "- [v] b", "- [xx] c", "- [x ] d"),
    ),
    "a word": ("- [WIP] a\n- [In progress] b", ("- [WIP] a", "- [In progress] b")),
    "a letter of another alphabet": ("- [\u0445] a", ("- [\u0445] a",)),
    "no-break and thin spaces": (
        "- [\u00a0] a\n- [\u2009] b\n- [\u3000] c",
        (r"- [\xa0] a", r"- [\u2009] b", r"- [\u3000] c"),
    ),
    "a blank without width": ("- [\u200b] a\n- [\u2060] b", (r"- [\u200b] a", r"- [\u2060] b")),
    "no-break space after the bullet": ("-\u00a0[ ] a", (r"-\xa0[ ] a",)),
    "an asterisk, a plus, numbers": (
        "* [/] a\n\n+ [] b\n\n1. [-] c\n\n2) []d\n\na. [ ] e",
        ("* [/] a", "+ [] b", "1. [-] c", "2) []d", "a. [ ] e"),
    ),
    "other bullets": ("\u2022 [ ] a\n\u2013 [ ] b", ("\u2022 [ ] a", "\u2013 [ ] b")),
    "no bullet": ("[ ] a\n[] b", ("[ ] a", "[] b")),
    "in bold, struck through, escaped": (
        "- **[ ] a**\n- ~~[ ] b~~\n- \\[ ] c",
        ("- **[ ] a**", "- ~~[ ] b~~", "- \\[ ] c"),
    ),
    "what has no width before it": ("- \u200b[ ] a\n- \ufeff[/] b", (r"- \u200b[ ] a", r"- \ufeff[/] b")),
    "emphasis and a box in HTML": (
        '- <del>[ ] a</del>\n- <b>[/]</b> b\n- <input type="checkbox"> c\n- <input type=checkbox checked> d',
        ("- <del>[ ] a</del>", "- <b>[/]</b> b", '- <input type="checkbox"> c'),
    ),
    "never closed": ("- [ a\n- [x b", ("- [ a", "- [x b")),
    "round and full-width brackets": ("- ( ) a\n- \uff3b \uff3d b", ("- ( ) a", "- \uff3b \uff3d b")),
    "a square": ("- \u2610 a", ("- \u2610 a",)),
    "a label of a link definition": ("- [-]: a", ("- [-]: a",)),
    "nested": ("- [x] a\n    - [/] b\n\t- [] c", ("- [/] b", "- [] c")),
    "behind a done one": ("- [x] a\n[ ] b", ("[ ] b",)),
    "behind a line separator": ("- [x] a\u2028- [ ] b", ("- [ ] b",)),
    "in a comment that is never closed": ("- [x] a\n\n<!-- later\n- [ ] b\n", ("- [ ] b",)),
    "behind a comment, on its last line": ("<!--\n- [ ] a\n-->\n<!--\n- [ ] b", ("- [ ] b",)),
    "in a block that is never closed": ("- [x] a\n\n```\n- [ ] b\n", ("- [ ] b",)),
    "in a block that a shorter mark does not close": ("````\n- [ ] a\n```", ("- [ ] a",)),
    "in an indented block": ("text\n\n    - [ ] a", ("- [ ] a",)),
    "in raw HTML": ("<details>\n- [ ] a\n</details>", ("- [ ] a",)),
    "in a table": ("| [ ] | a |", ("| [ ] | a |",)),
    "a heading in an item": ("- # [ ] a", ("- # [ ] a",)),
    "an item that a line makes a heading": ("- [ ] a\n  ---", ("- [ ] a",)),
}


@pytest.mark.parametrize(("text", "open", "done"), TASKS.values(), ids=TASKS)
def test_a_task_is_open_or_done(text: str, open: int, done: int) -> None:
    checklist = parse_checklist(text)
    assert (len(checklist.open), checklist.done) == (open, done)


@pytest.mark.parametrize("text", NO_TASKS.values(), ids=NO_TASKS)
def test_what_only_looks_like_a_task_is_none(text: str) -> None:
    assert parse_checklist(text).total == 0


@pytest.mark.parametrize(("text", "lines"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_neither_open_nor_done_is_named_with_its_line(text: str, lines: tuple[str, ...]) -> None:
    checklist = parse_checklist(f"# Sprint\n\n{text}")
    assert checklist.open == ()
    assert tuple(task.text for task in checklist.unclear) == lines
    shown = f"# Sprint\n\n{text}".split("\n")
    for task in checklist.unclear:
        assert task.text[-1] in shown[task.line - 1]


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


BULLETS = ("- ", "* ", "+ ", "1. ", "12) ", "  - ", "> - ", "-", "-\u00a0", "\u2022 ", "- **", "")
MARKS = (" ", "", "  ", "\u00a0", "\u2007", "\u200b", "/", "~", "-", ">", "?", "\t")


@given(
    st.sampled_from(BULLETS),
    st.sampled_from(MARKS),
    st.sampled_from((" ", "", "\u00a0")),
    st.from_regex("[a-z]{1,9}", fullmatch=True),
)
def test_no_spelling_of_an_unfinished_task_beside_a_done_one_is_overlooked(
    bullet: str, mark: str, blank: str, text: str
) -> None:
    checklist = parse_checklist(f"- [x] done\n\n{bullet}[{mark}]{blank}{text}\n")
    assert (len(checklist.open) + len(checklist.unclear), checklist.done) == (1, 1)


@given(st.lists(st.tuples(st.booleans(), st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True)), max_size=20))
def test_what_was_written_is_what_is_read(tasks: list[tuple[bool, str]]) -> None:
    checklist = parse_checklist("".join(f"- [{'x' if done else ' '}] {text}\n" for done, text in tasks))
    assert checklist.open == tuple(text for done, text in tasks if not done)
    assert checklist.done == sum(done for done, _ in tasks)
