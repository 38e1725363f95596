"""A shell text as simple commands: walks the syntax tree of bash and keeps what each command is made of."""

import re
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from itertools import takewhile
from time import process_time
from types import ModuleType

from sentinel.adapters.shell.words import Words
from sentinel.core.guard.commands import BARE, QUOTED, QUOTED_VARIABLE, VARIABLE, Command, Feed, Script, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node, Parser


LONG = 2048
"""Bytes from which on it is tried first how long a text takes to read."""
LIMIT_S = 0.2
"""Seconds of the processor that such a text may take. Some, as `a=(a=(a=(…`, take a time that grows as the square of
their length; a real script of that length takes less than a millisecond."""


def read_tree(text: bytes) -> "Node | None":
    """The root of the syntax tree of `text`, whatever it is; what is no bash is in nodes of the type ERROR.

    None where it takes too long to read.
    """
    global _parser  # noqa: PLW0603 - made once, and only in a process that needs it
    if _parser is None:
        _parser = _made()
    if len(text) > LONG and not _is_read_in_time(_parser, text):
        return None
    return _parser.parse(text).root_node


def _is_read_in_time(parser: "Parser", text: bytes) -> bool:
    """Reads it once to find out. The tree of a text that is read so is slow to walk, and is thrown away."""
    until = process_time() + LIMIT_S
    try:
        parser.parse(lambda at, _: text[at:], progress_callback=lambda *_: process_time() > until)
    except ValueError:
        parser.reset()
        return False
    return True


_parser: "Parser | None" = None


def _made() -> "Parser":
    library, bash = _compiled("tree_sitter"), _compiled("tree_sitter_bash")
    parser: Parser = library.Parser(library.Language(bash.language()))
    return parser


def _compiled(package: str) -> ModuleType:
    """The extension module of `package`, found where Python would look for the package. Raises ImportError."""
    place = PathFinder.find_spec(package, sys.path)
    folders = place.submodule_search_locations if place else None
    spec = PathFinder.find_spec(f"{package}._binding", folders) if folders else None
    if spec is None or spec.loader is None:
        raise ImportError(f"no module of {package}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

_REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_INERT = frozenset({"heredoc_body", "comment"})
_WRITING = frozenset({">", ">>", ">|", "&>", "&>>"})
_GROUPS = frozenset({"compound_statement", "subshell", "for_statement", "while_statement", "if_statement"})
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_NAMEREFS = ("-n", "-gn", "-ng")
_DEPTH = 200
"""Nodes within nodes; what is nested deeper is no command that somebody means to be read."""


def read_script(text: str) -> Script:
    """Every simple command in `text`; never fails, whatever it is."""
    reader = _Reader()
    raw = text.encode("utf-8", "surrogatepass")
    root = read_tree(raw)
    if root is None:
        return Script((), frozenset(), whole=False)
    reader.walk(root, Feed(), 0)
    whole = not (root.has_error or reader.gave_up)
    return Script(tuple(reader.commands), frozenset(reader.functions), whole=whole)


class _Reader:
    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.functions: set[str] = set()
        self.gave_up = False
        self._words = Words(self._nested)
        self._depth = 0
        self._inner = False

    def walk(self, node: "Node", feed: Feed, depth: int) -> tuple[Command, ...]:
        """The commands in `node`, which read from `feed` where nothing else feeds them."""
        if depth > _DEPTH:
            self.gave_up = True
            return ()
        self._depth = depth
        start = len(self.commands)
        match node.type:
            case "command":
                self._command(node, feed)
            case "redirected_statement":
                self._redirected(node, feed, depth)
            case "pipeline":
                self._pipeline(node, feed, depth)
            case "variable_assignment":
                self._add((), (self._assignment(node),), feed)
            case "for_statement" | "declaration_command":
                self._named(node, feed)
                self._children(node, feed, depth)
            case "command_substitution" | "process_substitution":
                self._nested(node)
            case _:
                self._children(node, feed, depth)
        return tuple(self.commands[start:])

    def _children(self, node: "Node", feed: Feed, depth: int) -> None:
        if node.type == "function_definition":
            self.functions.add(_text(node.child_by_field_name("name")))
        for child in node.named_children:
            if child.type not in _INERT:
                self.walk(child, feed, depth + 1)

    def _nested(self, node: "Node") -> None:
        """A substitution within a word: its commands run, too."""
        outer, self._inner = self._inner, True
        self._children(node, Feed(), self._depth + 1)
        self._inner = outer

    def _add(self, words: tuple[Word, ...], assignments: tuple[tuple[str, Word], ...], feed: Feed) -> None:
        self.commands.append(Command(words, assignments, feed, inner=self._inner))

    def _command(self, node: "Node", feed: Feed) -> None:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects = [child for child in node.named_children if child.type in _REDIRECTS]
        for child in node.named_children:
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child))
            elif child.type in _REDIRECTS:
                feed = self._fed(child, feed)
            else:
                words.append(self._words.read(child))
                self.gave_up = self.gave_up or self._words.unread
        self._add(tuple(words), tuple(assignments), feed)
        self._written(redirects, self.commands[-1:])

    def _assignment(self, node: "Node") -> tuple[str, Word]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is not None and name.type == "subscript":
            self._words.look_into(name)
            name = name.child_by_field_name("name")
        word = self._words.read(value) if value else ()
        if any(child.type == "+=" for child in node.children):
            between: Word = ((BARE, " "),) if value is not None and value.type == "array" else ()
            word = ((QUOTED_VARIABLE, _text(name)), *between, *word)
        return _text(name), word

    def _named(self, node: "Node", feed: Feed) -> None:
        """Variables that stand for others: of a loop each of its values, of `declare -n r=tool` what `$tool` is."""
        if node.type == "for_statement":
            self._loop(node, feed)
        elif any(_text(child) in _NAMEREFS for child in node.named_children):
            for child in node.named_children:
                if child.type == "variable_assignment":
                    name, word = self._assignment(child)
                    self._add((), ((name, ((VARIABLE, "".join(text for _, text in word)),)),), feed)

    def _loop(self, node: "Node", feed: Feed) -> None:
        """Its variable may be each of its values."""
        name = _text(node.child_by_field_name("variable"))
        for value in node.children_by_field_name("value"):
            self._add((), ((name, self._words.read(value)),), feed)

    def _pipeline(self, node: "Node", feed: Feed, depth: int) -> None:
        for child in node.named_children:
            made = self.walk(child, feed, depth + 1)
            feed = Feed(source=made) if made else feed

    def _redirected(self, node: "Node", feed: Feed, depth: int) -> None:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.named_children if child.type in _REDIRECTS]
        redirects += [more for one in redirects for more in one.children_by_field_name("redirect")]
        inner = feed
        for redirect in redirects:
            inner = self._fed(redirect, inner)
        made = self.walk(body, inner, depth + 1) if body else ()
        made = self._behind_redirects(redirects, made, inner)
        if made and body is not None and body.type == "pipeline" and inner is not feed:
            made[-1].feed = Feed(inner.text, inner.file, made[-1].feed.source)
        grouped = body is not None and body.type in _GROUPS
        self._written(redirects, made if grouped else made[-1:])
        for redirect in redirects:
            if redirect.type == "heredoc_redirect":
                self._behind_heredoc(redirect, made, depth)

    def _behind_redirects(self, redirects: "list[Node]", made: tuple[Command, ...], feed: Feed) -> tuple[Command, ...]:
        """The grammar takes what stands behind a redirection for more of its destinations: it is the command's.

        `kubectl 2>log apply`, `>out >err kubectl apply >more`. Where no command stands before, it begins there.
        """
        behind = [node for one in redirects for node in one.children_by_field_name("destination")[1:]]
        words = [self._words.read(node) for node in behind]
        if made:
            made[-1].words += tuple(words)
        if made or not words:
            return made
        set_before = list(takewhile(lambda node: _ASSIGNED.match(_text(node)), behind))
        values = [(_text(node).partition("=")[0], _value(word)) for node, word in zip(set_before, words, strict=False)]
        self._add(tuple(words[len(values) :]), tuple(values), feed)
        return tuple(self.commands[-1:])

    def _behind_heredoc(self, node: "Node", made: tuple[Command, ...], depth: int) -> None:
        """What stands behind `<<END` on its line belongs to the command before it, or follows it."""
        arguments = node.children_by_field_name("argument")
        if made and arguments:
            made[-1].words += tuple(self._words.read(argument) for argument in arguments)
        for child in node.named_children:
            if child.type == "pipeline":
                self._pipeline(child, Feed(source=made), depth)
            elif child not in arguments and child.type not in _REDIRECTS | _INERT:
                self.walk(child, Feed(), depth + 1)

    def _written(self, redirects: "list[Node]", made: Sequence[Command]) -> None:
        """Notes the files that `made` print into."""
        for redirect in redirects:
            destination = redirect.child_by_field_name("destination")
            if destination is not None and _sign(redirect) in _WRITING:
                word = self._words.read(destination)
                for command in made:
                    command.written += (word,)

    def _fed(self, redirect: "Node", feed: Feed) -> Feed:
        match redirect.type:
            case "herestring_redirect":
                return Feed(text=self._words.read(redirect.named_children[-1])) if redirect.named_children else feed
            case "heredoc_redirect":
                return Feed(text=self._heredoc(redirect))
            case _:
                destination = redirect.child_by_field_name("destination")
                word = self._words.read(destination) if destination else ()
                return Feed(file=word) if _sign(redirect) == "<" else feed

    def _heredoc(self, node: "Node") -> Word:
        """Its lines; with an unquoted end, variables and substitutions are expanded as in a quoted string."""
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        end = next((_text(child) for child in node.children if child.type == "heredoc_start"), "")
        text = _text(body)
        if node.children[0].type == "<<-":
            text = re.sub(r"^\t+", "", text, flags=re.MULTILINE)
        if any(quote in end for quote in "'\"\\") or not any(sign in text for sign in "$`\\"):
            return ((QUOTED, text),)
        escaped = text.replace('"', '\\"')
        root = read_tree(f': "{escaped}"'.encode("utf-8", "surrogatepass"))
        command = root.named_children if root is not None else []
        strings = [child for node in command for child in node.named_children if child.type == "string"]
        return self._words.read(strings[0]) if strings else ((BARE, text),)


def _value(word: Word) -> Word:
    """Of a word `NAME=value`, what stands behind the sign."""
    (kind, text), *rest = word
    return ((kind, text.partition("=")[2]), *rest)


def _sign(redirect: "Node") -> str:
    """The operator, which the number of a descriptor may stand before."""
    return next((child.type for child in redirect.children if not child.is_named), "")


def _text(node: "Node | None") -> str:
    return (node.text or b"").decode("utf-8", "replace") if node else ""
