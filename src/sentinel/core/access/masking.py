"""Secrets out of texts and output, in every form in which programs print them.

It imports nothing but the standard library: the supervisor of a command, which has no more, masks output with it.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from string import ascii_lowercase, ascii_uppercase, digits

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


SHORTEST = 8
"""Characters of a secret: what is shorter would be found in texts that have nothing to do with it."""
MASK = "***"

Piece = tuple[tuple[str, int], ...]
"""The ways to write one character: a regular expression each, which begins with a literal where the piece may come
first, and how many bytes it matches at most."""

_WRITTEN_LINE_END = re.compile(r"(?:\\r)?\\n")
"""Between the lines of a key inside a JSON document, which programs print with real line ends."""
_WRAP = (r"[\r\n]{0,2}", 2)
"""Between the characters of an encoded value: programs break the lines of what they encode."""
_ALPHABET = f"{ascii_uppercase}{ascii_lowercase}{digits}+/"
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_QUOTED: dict[str, Piece] = {
    " ": ((r"\+", 1),),
    "'": ((r"'\\''", 4), (r"'\"'\"'", 5), ("''", 2)),
    '"': (('""', 2),),
}
_BROKEN = (r"(?:\x1b\[[0-9;]{0,12}m|=?\r?\n|\x00){0,3}", 48)
"""Between the characters of a value as it is: colours, folded lines, and the other byte of UTF-16."""
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_APART = (r"[ \t:\r\n-]{0,3}", 3)
"""Between the digits of a value in hexadecimal form: dumps group them."""
_ENTITIES = {'"': "quot", "'": "apos", "&": "amp", "<": "lt", ">": "gt"}


def parts_of(value: str) -> tuple[str, ...]:
    """What of `value` is masked, wherever it stands: every line of it that is not shorter than SHORTEST."""
    written = _WRITTEN_LINE_END.split(value) if _WRITTEN_LINE_END.search(value) else ()
    quoted = (piece for line in written for piece in (line.partition('"')[0], line.rpartition('"')[2]))
    lines = {line.strip() for line in (*re.split("[\r\n]", value), *quoted)}
    return tuple(sorted(line for line in lines if len(line) >= SHORTEST))


class Form:
    """One way to write a part: regular expressions, each with its greatest length.

    No text has it that does not have `sign`, looked at in that `view`: to look for the expressions themselves takes
    far longer, and most output has no secret in it.
    """

    def __init__(self, ways: Iterable[tuple[str, int]], sign: bytes, view: int) -> None:
        # The longest first: where one way begins with another, all of it goes.
        self._ways = sorted(set(ways), key=lambda way: (-way[1], way[0]))
        self.longest = self._ways[0][1]
        self.sign = sign
        self.view = view

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile("|".join(source for source, _ in self._ways).encode())

    def may_be_in(self, views: tuple[bytes, ...]) -> bool:
        return self.sign in views[self.view]

    def places(self, data: bytes, limit: int) -> Iterator[tuple[int, int]]:
        """Where it begins before `limit`, and ends."""
        found = self._pattern.search(data)
        while found is not None and found.start() < limit:
            yield found.span()
            found = self._pattern.search(data, found.start() + 1)


class Masker:
    """Replaces secrets by MASK, as they are and in base64, URL, JSON, shell, SQL, XML and hexadecimal form,
    in UTF-16 and quoted-printable, in dumps, and with colours or line ends inside.

    Of a value inside a longer base64 text, up to four bits of its first byte share a character with what is before it,
    which stays. `longest` is how many bytes a form has at most, 0 where there is no secret.
    """

    def __init__(self, values: Iterable[str]) -> None:
        parts = sorted({part for value in values for part in parts_of(value)})
        self._forms = tuple(form for part in parts for form in _forms(part))
        self._dumps = tuple(Dump(part.encode("utf-8", "surrogatepass")) for part in parts)
        self.longest = max((*(form.longest for form in self._forms), *(dump.longest for dump in self._dumps), 0))

    def text(self, text: str) -> str:
        """`text` without secrets."""
        if not self.longest:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        return self.beginning(raw, len(raw))[0].decode("utf-8", "surrogatepass")

    def beginning(self, data: bytes, limit: int) -> tuple[bytes, int]:
        """The beginning of `data` without the forms that begin before `limit`, and where that beginning ends."""
        shown, at = bytearray(), 0
        for start, end in self._places(data, limit):
            shown += data[at:start] + MASK.encode()
            at = end
        reached = max(at, limit)
        return bytes(shown + data[at:reached]), reached

    def _places(self, data: bytes, limit: int) -> Iterator[tuple[int, int]]:
        """Where forms are that begin before `limit`; those that overlap are one."""
        views = _views(data)
        forms: list[Form | Dump] = [form for form in self._forms if form.may_be_in(views)]
        if has_offsets(data):
            forms += (dump for dump in self._dumps if dump.may_be_in(views[_ANY_CASE]))
        found = (place for form in forms for place in form.places(data, limit))
        start = end = -1
        for begin, stop in sorted(found):
            if begin > end:
                if end >= 0:
                    yield start, end
                start = begin
            end = max(end, stop)
        if end >= 0:
            yield start, end


class MaskedStream:
    """Output that comes in pieces: what may be the beginning of a secret is held back until more of it is known."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be shown now."""
        if not self._masker.longest:
            return data
        self._held += data
        return self._show(max(0, len(self._held) - self._masker.longest + 1))

    def end(self) -> bytes:
        """What was held back, at the end of the output."""
        return self._show(len(self._held))

    def _show(self, limit: int) -> bytes:
        shown, reached = self._masker.beginning(self._held, limit)
        self._held = self._held[reached:]
        return shown


def _views(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """`data` as it is; without line ends; in small letters, without what groups digits; without what breaks words."""
    whole = data.translate(None, b"\r\n")
    bare = data.translate(None, b"\r\n\0=")
    return data, whole, data.translate(None, b" \t:\r\n-").lower(), _COLOUR.sub(b"", bare) if b"\x1b" in bare else bare


_AS_IT_IS, _WHOLE, _ANY_CASE, _BARE = range(4)


def _forms(part: str) -> Iterator[Form]:
    raw = part.encode("utf-8", "surrogatepass")
    escaped = [(_literal(raw), len(raw)), *_joined([_escaped(*pair) for pair in _escapable(part)])]
    yield Form(escaped, _longest_word(part), _AS_IT_IS)
    if part.isascii():
        yield Form(_joined([_as_it_is(character) for character in part], _BROKEN), _longest_word(part), _BARE)
    yield Form(_joined([_hex_digit(digit) for digit in raw.hex()], _APART), raw.hex().encode(), _ANY_CASE)
    for before in range(3):
        letters, sextets = _sextets(raw, before)
        yield Form(_joined(sextets, _WRAP), _longest_word(letters), _WHOLE)


def _longest_word(text: str) -> bytes:
    """The characters of it that are written the same in every way, in one piece."""
    return max(re.findall("[A-Za-z0-9]+", text), key=len, default="").encode()


def _joined(pieces: list[Piece], apart: tuple[str, int] = ("", 0)) -> Iterator[tuple[str, int]]:
    """One expression for each way to write the first piece: `re` looks for literals first, and quickly."""
    between, room = apart
    rest = "".join(between + _any(piece) for piece in pieces[1:])
    length = sum(room + max(size for _, size in piece) for piece in pieces[1:])
    for source, size in pieces[0]:
        yield source + rest, size + length


def _any(piece: Piece) -> str:
    """The first way that fits and no other, or a near miss would be looked at in exponentially many ways."""
    return piece[0][0] if len(piece) == 1 else f"(?>{'|'.join(source for source, _ in piece)})"


def _escapable(part: str) -> Iterator[tuple[str, bool]]:
    """The characters, those that repeat a backslash as one, each with whether it stands behind a backslash.

    Where backslashes are escaped by backslashes, nobody can say which of them belongs to the next character.
    """
    behind = False
    for character in re.findall(r"\\+|[^\\]", part, re.DOTALL):
        yield character, behind
        behind = character[0] == "\\"


def _escaped(character: str, behind: bool) -> Piece:  # noqa: FBT001 - of a pair
    """A character as JSON (inside JSON too), URLs, shells, XML and Python write it, and as it is; letters stay."""
    if character.isascii() and character.isalnum():
        return ((character, 1),)
    few, many = (r"\\{0,4}", r"\\{0,8}") if behind else (r"\\{1,4}", r"\\{1,8}")
    if character[0] == "\\":
        count = len(character)
        return ((rf"(?:%5[cC]|{few}(?:u00|x)5[cC]){{{count}}}", 9 * count), (rf"\\{{{count},{8 * count}}}", 8 * count))
    raw = character.encode("utf-8", "surrogatepass")
    units = re.findall("....", character.encode("utf-16-be", "surrogatepass").hex())
    code = ord(character)
    return (
        *_QUOTED.get(character, ()),
        *_entity(character),
        ("".join(f"[%=]{_hex(f'{byte:02x}')}" for byte in raw), 3 * len(raw)),
        ("".join(rf"{few}u{_hex(unit)}" for unit in units), 9 * len(units)),
        ("".join(rf"{few}x{_hex(f'{byte:02x}')}" for byte in raw), 7 * len(raw)),
        (rf"{few}(?:x{_hex(f'{code:02x}')}|U{_hex(f'{code:08x}')})", 13),
        *(((rf"{many}{_LETTERS[character]}", 9),) if character in _LETTERS else ()),
        (rf"{many}{_literal(raw)}", 8 + len(raw)),
        (_literal(raw), len(raw)),
    )


def _entity(character: str) -> Piece:
    if (name := _ENTITIES.get(character)) is None:
        return ()
    code = ord(character)
    return ((f"&(?:{name}|#0?{code}|#x{_hex(f'{code:02x}')});", 6),)


def _sextets(raw: bytes, before: int) -> tuple[str, list[Piece]]:
    """The base64 of `raw` behind `before` bytes more, from the first character that is only its own.

    Also the letters of it that are certain.
    """
    encoded = b64encode(b"\0" * before + raw).decode().rstrip("=")
    whole = (before + len(raw)) * 8 // 6
    letters = encoded[-(-before * 8 // 6) : whole]
    pieces = [_sextet(letter) for letter in letters]
    if len(encoded) > whole:
        value, room = _ALPHABET.index(encoded[whole]), 2 * (3 - len(raw + b"\0" * before) % 3)
        pieces.append(tuple(way for letter in _ALPHABET[value : value + 2**room] for way in _sextet(letter)))
    return letters, pieces


def _sextet(letter: str) -> Piece:
    return _SIXES.get(letter, ((letter, 1),))


_SIXES: dict[str, Piece] = {
    "+": ((r"\+", 1), ("-", 1), ("%2[bB]", 3)),
    "/": (("/", 1), ("_", 1), (r"\\/", 2), ("%2[fF]", 3)),
}


def _as_it_is(character: str) -> Piece:
    return ((_literal(character.encode()), 1),)


def _hex_digit(digit: str) -> Piece:
    return ((digit, 1), (digit.upper(), 1)) if digit.isalpha() else ((digit, 1),)


def _hex(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _literal(raw: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in raw)
