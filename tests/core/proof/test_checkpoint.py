"""Checkpoints as C2SP has them: written, read, found in a tag, and held against a chain."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.audit.chain import AuditHead
from sentinel.core.proof.checkpoint import (
    NOTE_LIMIT,
    Checkpoint,
    Witness,
    checkpoint_of,
    contradiction,
    find_note,
    read_key,
    read_note,
)
from sentinel.errors.history import BrokenKeyError, BrokenNoteError
from tests.core.notes import NAME, TestKey

KEY = TestKey()
DIGEST = hashlib.sha256(b"head").hexdigest()
CHECKPOINT = Checkpoint(NAME, 12, DIGEST)
OTHER = "sum.example.org+c7b1a3e8+AaaGmp7KHyKd3XtJeNZqGmAUjg2zj+XHPUrpaRXJ4vZl"  # an id that is not that of its key


def test_a_note_is_its_three_lines_a_blank_one_and_a_signature_line() -> None:
    note = KEY.note(CHECKPOINT)
    lines = note.split("\n")
    assert lines[:4] == [NAME, "12", base64.b64encode(bytes.fromhex(DIGEST)).decode(), ""]
    dash, name, signed = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("\u2014", NAME, [""])
    data = base64.b64decode(signed)
    public = KEY.secret.public_key().public_bytes_raw()
    assert data[:4] == hashlib.sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]
    KEY.secret.public_key().verify(data[4:], note.partition("\n\n")[0].encode() + b"\n")


def test_a_published_example_of_the_format_is_read() -> None:
    """From the text of C2SP tlog-checkpoint."""
    note = read_note(
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "\u2014 example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    assert (note.checkpoint.origin, note.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert [(name, key.hex(), len(signed)) for name, key, signed in note.signatures] == [
        ("example.com/behind-the-sofa", "033de0ae", 64)
    ]


@given(st.integers(1, 10**17), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(size: int, digest: bytes) -> None:
    checkpoint = checkpoint_of("shop-7f3a", AuditHead(sequence=size, digest=digest.hex()))
    read = read_note(KEY.note(checkpoint))
    assert read.checkpoint == checkpoint
    assert read.signature_of(KEY.verifier) == KEY.secret.sign(checkpoint.body.encode())


def test_signatures_of_others_are_passed_over() -> None:
    witness = TestKey(9, "witness.example.org")
    extra = witness.note(CHECKPOINT).rpartition("\n\n")[2]
    read = read_note(KEY.note(CHECKPOINT) + extra)
    assert read.signature_of(KEY.verifier) is not None
    assert read.signature_of(witness.verifier) is not None
    assert read.signature_of(TestKey(8).verifier) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "x" * (NOTE_LIMIT + 1),
        KEY.note(CHECKPOINT)[:-1],
        KEY.note(CHECKPOINT).replace("\n12\n", "\n012\n"),
        KEY.note(CHECKPOINT).replace("\n12\n", "\n-1\n"),
        KEY.note(CHECKPOINT).replace("\n12\n", "\n1e3\n"),
        KEY.note(CHECKPOINT).replace(NAME, "sentinel shop"),
        KEY.note(CHECKPOINT).replace("\u2014", "-"),
        KEY.note(CHECKPOINT).replace("\n\n", "\n"),
        KEY.note(CHECKPOINT) + "more\n",
    ],
)
def test_anything_else_is_no_note(spoilt: str) -> None:
    with pytest.raises(BrokenNoteError):
        read_note(spoilt)


def test_a_note_is_found_in_a_tags_message() -> None:
    note = KEY.note(CHECKPOINT)
    message = f"v1.2.0\n\ncommit 12\ntree 34\n\n{note}-----BEGIN SSH SIGNATURE-----\nU1NI\n"
    assert find_note(message) == note
    assert find_note("v1.2.0\n\ncommit 12\ntree 34\n") is None


def test_a_verifier_key_is_read_as_it_is_written() -> None:
    assert read_key(f"{KEY.verifier}\n") == KEY.verifier
    # Of the first implementation's own tests, in Go.
    published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert str(read_key(published)) == published


@pytest.mark.parametrize("text", ["", "sentinel/shop", f"{NAME}+00000000+AAAA", OTHER, f"{KEY.verifier}A\x1b[31m"])
def test_anything_else_is_no_verifier_key(text: str) -> None:
    with pytest.raises(BrokenKeyError) as caught:
        read_key(text)
    assert "\x1b" not in caught.value.what


def test_what_contradicts_a_checkpoint_is_named() -> None:
    seen = Witness("tag v1.2.0", CHECKPOINT)
    assert contradiction([seen], {12: DIGEST}, 20) is None
    shorter = contradiction([seen], {}, 9)
    assert shorter is not None
    assert (shorter.sequence, shorter.problem) == (10, "entry 10 is missing: tag v1.2.0 was signed over 12 entries")
    other = contradiction([seen], {12: "0" * 64}, 20)
    assert other is not None
    assert other.problem == "entry 12 is not the one that tag v1.2.0 was signed over"
    earlier = Witness("tag v1.1.0", Checkpoint(NAME, 3, "1" * 64))
    first = contradiction([seen, earlier], {3: "0" * 64, 12: "0" * 64}, 20)
    assert first is not None
    assert first.sequence == 3
