"""A value in a dump of several lines, as hexdump, xxd and od write it: offsets, groups of digits, a column of text.

It imports nothing but the standard library, as `masking` does.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

LINE_LIMIT = 300
"""Bytes of a line that is read as one of a dump."""
_DIGITS = rb"[0-9A-Fa-f]"
_OFFSET = re.compile(rb"[ \t]*(%b{1,16})(:?)[ \t]+" % _DIGITS)
_GROUPS = re.compile(rb"[ \t]*((?:%b{2,16}(?:[ \t-]+|$))+)" % _DIGITS)
_TEXT = re.compile(rb"[ \t]{2}")
"""Before the text of xxd, which may look like digits; xxd alone has a colon, and no two blanks among its digits."""
_OFFSETS = re.compile(rb"\n[ \t]*%b{6,16}(?=:?[ \t\r\n]|$)" % _DIGITS)
_Groups = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Line:
    """The groups of digits of a line, where the first one begins in the data, and where the line ends."""

    groups: _Groups
    start: int
    end: int


class Dump:
    """Finds a value of eight bytes or more in dumps with eight bytes a line or more, in either order of the bytes of a
    group.

    No text has it that does not have one of its `signs`, four bytes that stand together on one line: a line ends
    somewhere in the value, before or after them.
    """

    def __init__(self, raw: bytes) -> None:
        self._value = raw.hex().encode()
        in_order, swapped = (raw[:4], raw[4:8]), (raw[:4], raw[4:8], raw[1:5], raw[3:7])
        self._signs = tuple(part.hex().encode() for part in (*in_order, *map(_with_pairs_swapped, swapped)))
        self.longest = 6 * len(raw) + 3 * LINE_LIMIT

    def may_be_in(self, digits: bytes) -> bool:
        """Whether it can be in a text with those `digits`: small letters, without what groups them."""
        return any(sign in digits for sign in self._signs)

    def places(self, data: bytes, limit: int) -> Iterator[tuple[int, int]]:
        """Where it begins before `limit`, and ends: whole lines from the first digit on, with the text beside them."""
        for lines in _dumps(data):
            for read in (_in_order, _swapped):
                yield from (place for place in self._found(lines, read) if place[0] < limit)

    def _found(self, lines: Sequence[_Line], read: Callable[[_Groups], bytes]) -> Iterator[tuple[int, int]]:
        parts = [read(line.groups) for line in lines]
        ends, whole = list(accumulate(map(len, parts))), b"".join(parts)
        at = whole.find(self._value)
        while at >= 0:
            last = at + len(self._value) - 1
            first_line = next(number for number, end in enumerate(ends) if at < end)
            last_line = next(number for number, end in enumerate(ends) if last < end)
            yield lines[first_line].start, lines[last_line].end
            at = whole.find(self._value, at + 1)


def has_offsets(data: bytes) -> bool:
    """Whether a line begins as all but the first of a dump do: to look for values in dumps takes far longer."""
    return _OFFSETS.search(data) is not None


def _dumps(data: bytes) -> Iterator[Sequence[_Line]]:
    """The lines of each dump: those that follow upon each other and look like ones."""
    lines: list[_Line] = []
    start = 0
    for text in data.split(b"\n"):
        line = _line(text.rstrip(b"\r"), start) if len(text) <= LINE_LIMIT else None
        if line is not None:
            lines.append(line)
        elif lines:
            yield lines
            lines = []
        start += len(text) + 1
    if lines:
        yield lines


def _line(text: bytes, start: int) -> _Line | None:
    offset = _OFFSET.match(text)
    begin = offset.end() if offset is not None and _is_offset(offset, text) else 0
    column = _TEXT.search(text, begin) if begin and offset is not None and offset[2] else None
    found = _GROUPS.match(text, begin, column.start() if column is not None else len(text))
    if found is None:
        return None
    groups = [group for group in re.split(rb"[ \t-]+", found[1].lower()) if group]
    return (
        _Line(groups, start + found.start(1), start + len(text)) if all(len(one) % 2 == 0 for one in groups) else None
    )


def _is_offset(found: re.Match[bytes], text: bytes) -> bool:
    """xxd's has a colon; the others' have six digits or more, and more than the first group after it."""
    following = re.match(rb"%b+" % _DIGITS, text[found.end() :])
    return bool(found[2]) or (len(found[1]) >= 6 and following is not None and len(found[1]) > len(following[0]))


def _in_order(groups: _Groups) -> bytes:
    return b"".join(groups)


def _swapped(groups: _Groups) -> bytes:
    """As machines with the lower byte first have them in memory."""
    return b"".join(group[at : at + 2] for group in groups for at in range(len(group) - 2, -1, -2))


def _with_pairs_swapped(raw: bytes) -> bytes:
    return bytes(raw[at ^ 1] for at in range(len(raw)))
