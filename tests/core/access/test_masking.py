"""Secrets in texts and output: none of their forms is left, however it is written and wherever it stands."""

import base64
import hashlib
import itertools
import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.access.masking import (
    MASK,
    SHORTEST,
    MaskedStream,
    Masker,
    parts_of,
)
from tests.core.secret_forms import FORMS, core_of

SECRET = "pa55/w+rd 'é\"\\&<ü%=\N{GRINNING FACE}end"  # noqa: S105 - a stand-in
PLAIN = st.text(st.characters(codec="utf-8"), max_size=60)
LETTERS = st.characters(codec="utf-8", exclude_characters="\r\n") | st.sampled_from("\\\"'nux0 %/&+<")
SECRETS = st.text(LETTERS, min_size=SHORTEST, max_size=40).filter(
    lambda value: len(value.strip()) >= SHORTEST and value == value.strip()
)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_masked(form: str) -> None:
    written = FORMS[form](SECRET)
    shown = Masker([SECRET]).text(f"token: {written}; next")
    assert shown.startswith("token: ")
    assert shown.endswith("; next")
    left = shown.removeprefix("token: ").removesuffix("; next")
    assert left.strip("'\"\\b=%3D\n") == MASK, left


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(4))
def test_a_secret_inside_a_longer_base64_text_is_masked(before: int, after: int) -> None:
    document = "u" * before + SECRET + ":" * after
    shown = Masker([SECRET]).text(base64.b64encode(document.encode()).decode())
    outside = shown.replace(MASK, "").replace("=", "")
    assert MASK in shown
    assert len(outside) <= -(-(before + after) * 8 // 6) + 2


def test_a_long_secret_whose_base64_was_wrapped_is_masked_across_the_lines() -> None:
    secret = "k3y" * 60
    wrapped = base64.encodebytes(b"user:" + secret.encode()).decode().replace("\n", "\r\n")
    assert len(Masker([secret]).text(wrapped)) < 16


def test_a_secret_of_several_lines_is_masked_line_by_line_whatever_ends_them() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nq5\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    shown = Masker([key]).text(f"x {key.replace(chr(10), chr(13) + chr(10))}y")
    assert shown.split() == ["x", MASK, MASK, "q5", MASK, MASK, "y"]
    assert "kqhkiG9w0BAQEF" not in Masker([key]).text(json.dumps(key))


def test_a_key_inside_a_json_document_is_masked_when_it_is_printed_with_real_lines() -> None:
    document = json.dumps({"private_key": "MIIEvQIBADANBg\nkqhkiG9w0BAQEF\n"})
    assert Masker([document]).text("MIIEvQIBADANBg\nkqhkiG9w0BAQEF\n") == f"{MASK}\n{MASK}\n"


def test_secrets_that_overlap_are_masked_as_one() -> None:
    assert Masker(["abcdefgh", "efghijkl", "abcdefghij"]).text("-abcdefghijkl-abcdefghij-") == f"-{MASK}-{MASK}-"


def test_what_is_too_short_to_be_told_from_other_text_is_no_part_of_a_secret() -> None:
    assert parts_of("1234567") == ()
    assert parts_of("12345678\n") == ("12345678",)
    assert parts_of("{\n12345678\n}") == ("12345678",)
    assert Masker(["short", ""]).text("short") == "short"


def test_without_secrets_output_passes_at_once() -> None:
    assert MaskedStream(Masker([])).feed(b"a\xff\0") == b"a\xff\0"


def test_a_stream_shows_early_what_cannot_belong_to_a_secret() -> None:
    stream = MaskedStream(Masker([SECRET]))
    assert stream.feed(b"x" * 10_000).startswith(b"x" * 5_000)


@given(
    secret=SECRETS,
    form=st.sampled_from(sorted(FORMS)),
    around=st.tuples(PLAIN, PLAIN),
    cuts=st.lists(st.integers(0, 400)),
)
def test_no_split_of_the_output_leaks_a_form(secret: str, form: str, around: tuple[str, str], cuts: list[int]) -> None:
    """Where the text around has a form's characters too, it is what the masker takes for one that may differ."""
    written = FORMS[form](secret)
    output = f"{around[0]} {written} {around[1]}".encode()
    places = sorted({0, len(output), *(min(cut, len(output)) for cut in cuts)})
    masker = Masker([secret])
    stream = MaskedStream(masker)
    shown = b"".join(stream.feed(output[a:b]) for a, b in itertools.pairwise(places)) + stream.end()
    assert shown == masker.text(output.decode()).encode()
    clean = not any(core_of(written) in text for text in around)
    assert not clean or core_of(written).encode() not in shown


@pytest.mark.parametrize("secret", ["\\" * 30 + "end", "\"'\\" * 20, "é/\\+" * 10, "a\n" * 8 + "=" * 40])
def test_output_that_almost_holds_a_secret_is_not_looked_through_for_ever(secret: str) -> None:
    masker = Masker([secret])
    began = time.process_time()
    for near in ("\\" * 20_000, json.dumps(secret)[1:-4] * 200, secret[:-1] * 200, '\\\\"' * 5_000):
        masker.text(near)
    assert time.process_time() - began < 10


def test_much_output_under_many_secrets_is_not_held_up() -> None:
    masker = Masker(base64.b64encode(hashlib.sha256(bytes([number])).digest()).decode() for number in range(50))
    stream = MaskedStream(masker)
    chunk = (b"compiling src/app/main.ts ok k3y 0123 http://localhost:8001/healthz\n" * 1000)[:65536]
    began = time.process_time()
    for _ in range(64):  # 4 MiB
        stream.feed(chunk)
    assert time.process_time() - began < 5


@given(text=PLAIN, secret=SECRETS)
def test_a_text_without_the_secret_stays_as_it_is(text: str, secret: str) -> None:
    shown = Masker([secret]).text(text)
    assert shown == text or MASK in shown


VALUE = "tok-7Fq2Zx9LmN4b"
BROKEN = {
    "colours": "\x1b[31m".join(VALUE),
    "folded lines": f"{VALUE[:7]}\n{VALUE[7:]}",
    "quoted-printable": f"{VALUE[:7]}=\r\n{VALUE[7:]}",
    "UTF-16, low byte first": VALUE.encode("utf-16-le").decode("latin-1"),
    "UTF-16, high byte first": VALUE.encode("utf-16-be").decode("latin-1"),
    "a dump of bytes": " ".join(f"{byte:02x}" for byte in VALUE.encode()),
    "a dump of words": " ".join(re.findall("....", VALUE.encode().hex())),
    "bytes with colons": ":".join(f"{byte:02X}" for byte in VALUE.encode()),
}


@pytest.mark.parametrize("written", BROKEN.values(), ids=BROKEN.keys())
def test_a_value_that_is_broken_up_is_masked(written: str) -> None:
    shown = Masker([VALUE]).text(f"before {written} after")
    assert MASK in shown
    assert not any(piece in shown for piece in (VALUE[:4], VALUE[-4:], VALUE[-4:].encode().hex(), VALUE[:7]))


@pytest.mark.parametrize("written", ["it''s-a-long-\"one", 'it\'s-a-long-""one', "it's-a-long-=22one"])
def test_quotes_of_sql_and_csv_and_quoted_printable_are_masked(written: str) -> None:
    assert Masker(["it's-a-long-\"one"]).text(f"({written})") == f"({MASK})"
