"""Words of a shell text: quotes and escapes are taken away here, expansions are left to whoever knows the values."""

import re
from collections.abc import Callable

from sentinel.core.guard.commands import (
    BARE,
    OUTPUT,
    PROCESS,
    QUOTED,
    QUOTED_OUTPUT,
    QUOTED_VARIABLE,
    UNKNOWN,
    VARIABLE,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_CONTROLS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BACKQUOTE = re.compile(r"(?<!\\)`")
_DEFAULTS = frozenset({":-", "-", ":=", "="})
_UNKNOWN: Word = ((QUOTED, UNKNOWN),)


def unescaped(text: str) -> str:
    r"""The characters of `$'…'` and of `echo -e`: `\n`, `\x41`, `\101`, `\u0041`."""
    return _ESCAPE.sub(lambda match: _escape(match[1]), text)


def _escape(body: str) -> str:
    try:
        if body[0] in "xuU" and len(body) > 1:
            return chr(int(body[1:], 16))
        if body[0] in "01234567":
            return chr(int(body, 8) & 0xFF)
    except (ValueError, OverflowError):
        return UNKNOWN
    return _CONTROLS.get(body, body)


class Words:
    """`nested` is told of every substitution in a word, whose commands run before the word is known."""

    def __init__(self, nested: "Callable[[Node], None]") -> None:
        self._nested = nested
        self.unread = False
        """Whether backquotes stand where the grammar sees characters alone, as in the default of a variable."""

    def read(self, node: "Node", *, quoted: bool = False) -> Word:
        """The parts of the word at `node`."""
        if node.type in _LITERALS:
            self.unread = self.unread or (node.type == "word" and _BACKQUOTE.search(_text(node)) is not None)
            return _LITERALS[node.type](_text(node))
        if node.type in _SUBSTITUTIONS:
            return self._substitution(node, quoted=quoted)
        if node.type == "translated_string":
            return self._compound(node.named_children[0], quoted=True) if node.named_children else ()
        if node.type in _OPEN:
            self.look_into(node)
            return _UNKNOWN
        if node.type == "simple_expansion":
            return _variable(node.named_children[0], quoted=quoted) if node.named_children else _UNKNOWN
        if node.type == "expansion":
            return self._expansion(node, quoted=quoted)
        if node.type == "array":
            return self._array(node)
        return self._compound(node, quoted=quoted or node.type == "string")

    def look_into(self, node: "Node") -> None:
        """For the substitutions in what is no word, as an index or an arithmetic expression."""
        left = list(node.named_children)
        while left:
            one = left.pop()
            if one.type in _SUBSTITUTIONS:
                self._nested(one)
            else:
                left += one.named_children

    def _substitution(self, node: "Node", *, quoted: bool) -> Word:
        self._nested(node)
        if node.type == "process_substitution":
            return ((PROCESS, _script(node)),)
        return ((QUOTED_OUTPUT if quoted else OUTPUT, _script(node)),)

    def _compound(self, node: "Node", *, quoted: bool) -> Word:
        """Children, and the characters between them, which the grammar does not always make nodes of."""
        raw = node.text or b""
        parts: list[tuple[str, str]] = []
        if not node.named_children:
            return _literal(raw, quoted=quoted)
        position = 0
        for child in node.named_children:
            if child.type in ("string_content", "heredoc_content"):
                continue
            start, end = child.start_byte - node.start_byte, child.end_byte - node.start_byte
            # In a string, the grammar counts blanks before an expansion as its own.
            start += len(child.text or b"") - len((child.text or b"").lstrip())
            parts += _literal(raw[position:start], quoted=quoted)
            if child.type == "string" and parts and parts[-1][0] == BARE:  # `ter$"raform"`: the sign is of the string
                parts[-1] = (BARE, parts[-1][1].removesuffix("$"))
            parts += self.read(child, quoted=quoted)
            position = end
        return (*parts, *_literal(raw[position:], quoted=quoted))

    def _expansion(self, node: "Node", *, quoted: bool) -> Word:
        """`${X}`, `${X[@]}` and `${X:-default}`; what else there is changes the value."""
        operator = node.child_by_field_name("operator")
        if not node.named_children or (operator is not None and operator.type == "!"):
            return _UNKNOWN
        name, *rest = node.named_children
        if name.type == "subscript":
            named = name.child_by_field_name("name")
            return _variable(named if named is not None else name, quoted=False)
        if operator is None and not rest:
            return _variable(name, quoted=quoted)
        for child in rest:
            self.read(child)
        if operator is not None and operator.type in _DEFAULTS and rest:
            return self.read(rest[0], quoted=quoted)
        return _UNKNOWN

    def _array(self, node: "Node") -> Word:
        parts: list[tuple[str, str]] = []
        for child in node.named_children:
            parts += [*self.read(child), (BARE, " ")]
        return tuple(parts[:-1])


def _variable(node: "Node", *, quoted: bool) -> Word:
    name = _text(node)
    if node.type not in _NAMES or not name:
        return ((QUOTED if quoted else VARIABLE, UNKNOWN),)
    return ((QUOTED_VARIABLE if quoted and name != "@" else VARIABLE, name),)


def _literal(raw: bytes, *, quoted: bool) -> Word:
    text = raw.decode("utf-8", "replace")
    if not quoted:
        return _bare(text)
    # The quotes of the string itself stand in the gaps; an escaped one has its backslash.
    return ((QUOTED, re.sub(r'\\([$`"\\])|\\\n|"', lambda match: match[1] or "", text)),) if text else ()


def _bare(text: str) -> Word:
    if "\\" not in text:
        return ((BARE, text),) if text else ()
    parts = re.split(r"\\(.|\n)", text, flags=re.DOTALL)
    return tuple((QUOTED if at % 2 else BARE, part) for at, part in enumerate(parts) if part and part != "\n")


def _script(node: "Node") -> str:
    """What stands between the marks of a substitution; between backquotes some characters are escaped."""
    opening, closing = node.children[0], node.children[-1]
    inner = (node.text or b"")[opening.end_byte - node.start_byte : closing.start_byte - node.start_byte]
    text = inner.decode("utf-8", "replace")
    return text if opening.type != "`" else re.sub(r"\\([$`\\])", r"\1", text)


def _text(node: "Node") -> str:
    return (node.text or b"").decode("utf-8", "replace")


_LITERALS: "dict[str, Callable[[str], Word]]" = {
    "word": _bare,
    "number": _bare,
    "extglob_pattern": _bare,
    "regex": _bare,
    "raw_string": lambda text: ((QUOTED, text[1:-1]),),
    "ansi_c_string": lambda text: ((QUOTED, unescaped(text[2:-1])),),
}
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_NAMES = frozenset({"variable_name", "special_variable_name"})
_OPEN = frozenset({"arithmetic_expansion", "brace_expression"})
