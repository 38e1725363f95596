"""Whatever the document and its layout, only the change is new."""

import json
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from sentinel.setup.install.formats import JSON_WITH_COMMENTS

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
DOCUMENTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)
INDENTS = st.sampled_from([None, 0, 2, 4, "\t"])
NEWLINES = st.sampled_from(["\n", "\r\n", '\n// one, { "two\n', " /* , } */\n"])
ENTRY = {"command": "/bin/x", "args": ["mcp"]}


def is_subsequence(short: str, text: str) -> bool:
    letters: Iterable[str] = iter(text)
    return all(letter in letters for letter in short)


@given(document=DOCUMENTS, servers=DOCUMENTS, indent=INDENTS, newline=NEWLINES, after=st.booleans())
def test_a_new_member_is_added_and_every_old_character_stays(
    document: dict[str, object], servers: dict[str, object], indent: int | str | None, newline: str, *, after: bool
) -> None:
    document = {"servers": servers, **document} if after else {**document, "servers": servers}
    text = json.dumps(document, indent=indent, ensure_ascii=False).replace("\n", newline)
    changed = JSON_WITH_COMMENTS.put(text, ("servers", "sentinel"), ENTRY)
    document["servers"] = {**servers, "sentinel": ENTRY}
    assert json.dumps(JSON_WITH_COMMENTS.read(changed)) == json.dumps(document)
    assert is_subsequence(text, changed)
    assert JSON_WITH_COMMENTS.put(changed, ("servers", "sentinel"), ENTRY) == changed


@given(document=DOCUMENTS, indent=INDENTS, newline=NEWLINES, value=VALUES)
def test_a_replaced_value_leaves_its_surroundings(
    document: dict[str, object], indent: int | str | None, newline: str, value: object
) -> None:
    document = {"before": 1, **document, "here": {"old": [1, 2]}, "after": 2}
    text = json.dumps(document, indent=indent, ensure_ascii=False).replace("\n", newline)
    changed = JSON_WITH_COMMENTS.put(text, ("here",), value)
    start = text.index('"here"')
    assert changed.startswith(text[: start + len('"here": ')])
    assert changed.endswith(text[text.rindex('"after"') :])
    assert json.dumps(JSON_WITH_COMMENTS.read(changed)) == json.dumps({**document, "here": value})
