"""Files that are no `sentinel.toml` at all, or that mislead, hide something, or keep the daemon busy."""

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.policy.document import DOTS_LIMIT, SIZE_LIMIT
from sentinel.core.policy.model import read_policy
from sentinel.core.values.printable import printable
from sentinel.errors.policy import PolicySizeError, PolicySyntaxError, PolicyValueError
from tests.core.policies import EXAMPLE, document, refusal, with_value


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e400", "0x" + "f" * 5000])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    raw = EXAMPLE.replace("rate = 5", f"rate = {number}").encode()
    assert refusal(raw).startswith("sentinel.toml: production.verification.probe.rate: found ")


HIDDEN = ("\x1b[31m", "\x00", "\n", "\x7f", "\u202e", "\u200b", "\u2028", "\ufe0f", "\U000e0041")


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize(
    "key",
    ["project.name", "project.branch", "project.remote", "sprint.file", "changelog.file", "tag.key", "staging.url"],
)
def test_hidden_characters_are_refused_in_what_people_are_shown(key: str, hidden: str) -> None:
    what = refusal(with_value(key, f"a{hidden}b"))
    assert what.startswith(f"sentinel.toml: {key}: found ")
    assert printable(what) == what


@pytest.mark.parametrize("key", ["a\x1b[31m", "a.b", "a b", "\u202e", "", "[x]", "tuple", "x" * 100])
def test_a_hostile_key_is_named_without_its_hidden_characters(key: str) -> None:
    tables = document()
    tables["staging"][key] = 1
    what = refusal(tomlkit.dumps(tables).encode())
    shown = key if key == "tuple" else f'"{printable(key, limit=60)}"'
    assert what == f"sentinel.toml: staging.{shown}: found 1, expected no such key (is it misspelt?)."


def test_the_file_is_named_as_it_is_called() -> None:
    with pytest.raises(PolicyValueError, match=r"^/srv/shop/sentinel\.toml: schema: found nothing"):
        read_policy(b"", file="/srv/shop/sentinel.toml")


DAMAGED = {
    "no TOML": b"schema 1",
    "a key twice": b"schema = 1\nschema = 1",
    "a table twice": b"[a]\n[a]",
    "an open string": b'a = "',
    "a control character": b'a = "\x1b"',
    "bytes that are no text": b"a = '\xff'",
    "UTF-16": "schema = 1".encode("utf-16"),
    "a number without end": b"a = " + b"9" * 5000,
    "arrays without end": b"a = " + b"[" * 100_000,
    "tables without end": b"a = " + b"{a=" * 20_000,
    "a key without end": b".".join([b"a"] * 100_000) + b" = 1",
    "a header without end": b"[" + b".".join([b"a"] * 100_000) + b"]",
    "a date that is none": b"a = 2030-13-45",
}


@pytest.mark.parametrize("raw", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_toml_says_so_in_a_line(raw: bytes) -> None:
    with pytest.raises(PolicySyntaxError, match=r"^sentinel\.toml is not valid TOML: ") as caught:
        read_policy(raw)
    assert printable(caught.value.what) == caught.value.what
    assert len(caught.value.what) < 300


def test_a_line_of_dots_is_a_comment_like_any_other() -> None:
    assert read_policy(f"# {'.' * 1000}\n{EXAMPLE}".encode()) == read_policy(EXAMPLE.encode())


def test_a_key_of_as_many_parts_as_are_read_is_an_unknown_one() -> None:
    parts = b".".join([b"a"] * (DOTS_LIMIT + 1))
    assert "a: found a table, expected no such key" in refusal(parts + b" = 1")
    with pytest.raises(PolicySyntaxError, match="line 2 has more than 100 dots"):
        read_policy(b"\n" + parts + b".a = 1")


def test_tables_that_nest_without_end_are_refused_like_any_unknown_key() -> None:
    nested = b"".join(b"[\n{" + b".".join([b"a"] * DOTS_LIMIT) + b" = " for _ in range(50))
    raw = b"x = " + nested + b"1" + b"}]" * 50
    assert refusal(raw) == "sentinel.toml: x: found a list, expected no such key (is it misspelt?)."


def test_a_file_beyond_the_limit_is_not_read() -> None:
    fitting = EXAMPLE.encode() + b"#" * (SIZE_LIMIT - len(EXAMPLE.encode()))
    assert read_policy(fitting) == read_policy(EXAMPLE.encode())
    with pytest.raises(PolicySizeError, match=r"^sentinel\.toml is larger than 262144 bytes\."):
        read_policy(fitting + b"#")


def _keys(tables: dict[str, object], prefix: str = "") -> list[str]:
    """Every key of the example that has a value."""
    found: list[str] = []
    for name, value in tables.items():
        found += _keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]
    return found


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=3),
)


@given(st.sampled_from(_keys(document())), VALUES)
def test_whatever_a_key_holds_is_taken_or_refused_in_one_printable_sentence(key: str, value: object) -> None:
    refused = None
    try:
        read_policy(with_value(key, value))
    except PolicyValueError as error:
        refused = error
    if refused is not None:
        assert refused.what.startswith(f"sentinel.toml: {key}")
        assert printable(str(refused), limit=2000) == str(refused)


@given(st.binary(max_size=200))
def test_whatever_the_file_holds_is_refused_as_a_policy(raw: bytes) -> None:
    with pytest.raises((PolicySyntaxError, PolicyValueError)) as caught:
        read_policy(raw)
    assert printable(str(caught.value), limit=2000) == str(caught.value)
