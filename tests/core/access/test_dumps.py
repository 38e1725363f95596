"""Secrets in dumps of several lines: whatever offsets, groups of digits and text stand between their bytes."""

import hashlib
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from sentinel.core.access.masking import MASK, MaskedStream, Masker

SECRET = "pa55/w+rd-k3y.0f_Pr0duct!on"  # noqa: S105 - a stand-in
COMMANDS = (
    "hexdump -C",
    "hexdump",
    "hexdump -x",
    "xxd",
    "xxd -g 1",
    "xxd -g 4 -c 24",
    "xxd -u",
    "xxd -c 8",
    "od -A x -t x1z",
    "od -t x1",
    "od -t x1 -A d",
    "od -x",
    "od -A x -t x2",
    "od -t x1 -w8",
)


def dump(command: str, content: bytes, folder: Path) -> bytes:
    """What the real program prints."""
    words = command.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]} here")
    file = folder / "content"
    file.write_bytes(content)
    return subprocess.run([*words, str(file)], check=True, capture_output=True).stdout


def left(shown: bytes) -> list[str]:
    """Pieces of the secret that are still to be read: six bytes or more, in either order, or as text."""
    text = shown.lower()
    digits = text.translate(None, b" \t:-")
    raw = SECRET.encode()
    pieces = [raw[at : at + 6] for at in range(len(raw) - 5)]
    swapped = [bytes(piece[at ^ 1] for at in range(6)) for piece in pieces]
    return [repr(piece) for piece in (*pieces, *swapped) if piece.lower() in text or piece.hex().encode() in digits]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("before", [0, 1, 3, 7, 12, 15])
def test_a_secret_in_a_dump_of_several_lines_is_masked(command: str, before: int, tmp_path: Path) -> None:
    content = b"u" * before + SECRET.encode() + b" and what follows it, which is no secret at all\n"
    printed = b"a line before\n" + dump(command, content, tmp_path) + b"a line after\n"
    assert left(printed), "the program writes it so that it can be read"
    shown = Masker([SECRET]).text(printed.decode()).encode()
    assert (left(shown), MASK.encode() in shown) == ([], True), shown.decode()
    assert shown.startswith(b"a line before\n")
    assert shown.endswith(b"a line after\n")


@pytest.mark.parametrize("command", ["hexdump -C", "xxd", "od -x"])
@pytest.mark.parametrize("piece", [1, 7, 100, 4096])
def test_a_dump_that_comes_in_pieces_is_masked_as_the_whole_is(command: str, piece: int, tmp_path: Path) -> None:
    content = hashlib.shake_256(b"1").hexdigest(450).encode() + SECRET.encode() + b"." * 900
    printed = dump(command, content, tmp_path)
    stream = MaskedStream(Masker([SECRET, "another secret"]))
    shown = b"".join(stream.feed(printed[at : at + piece]) for at in range(0, len(printed), piece)) + stream.end()
    assert (left(shown), shown.count(MASK.encode())) == ([], 1), shown.decode()


def test_a_dump_without_a_secret_stays_as_it_is(tmp_path: Path) -> None:
    content = hashlib.shake_256(b"2").digest(5000)
    for command in COMMANDS:
        printed = dump(command, content, tmp_path)
        stream = MaskedStream(Masker([SECRET]))
        assert stream.feed(printed) + stream.end() == printed, command


def test_what_only_looks_like_a_dump_is_looked_through_quickly() -> None:
    digits = SECRET.encode().hex()
    hostile = "".join(f"\n0000{number:04x} {digits[:8]} {'ab ' * 90}" for number in range(4_000))
    began = time.process_time()
    assert MASK not in Masker([SECRET]).text(hostile)
    assert time.process_time() - began < 5
