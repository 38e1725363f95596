"""What a text sets before it runs: variables, aliases, arguments of its functions, and files that it writes; and what
a command hides in its input. What is set anywhere counts everywhere, because branches and functions run in an order
of their own.
"""

from collections.abc import Callable, Iterator, Sequence

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.carriers import DECODERS
from sentinel.core.guard.commands import (
    BARE,
    OUTPUT,
    PROCESS,
    QUOTED,
    QUOTED_OUTPUT,
    UNKNOWN,
    Command,
    Parse,
    Refusal,
    Script,
    Word,
)
from sentinel.core.guard.expand import (
    COMBINATIONS,
    FILE,
    contents_of,
    formatted,
    output_of,
    printed,
    readings,
    stdin_of,
    value,
)
from sentinel.core.guard.programs import judge_program, mentions, program
from sentinel.core.guard.rules import PROGRAMS

ALIAS = "alias "
"""Stands before an alias among the values."""
ROOM = 2 * 1024 * 1024
"""Characters that are kept of all that a text sets."""
_SHIFTS = 3
_LITERAL = frozenset({BARE, QUOTED})


class Known:
    """The possible values of variables by name, and of aliases and files by ALIAS and FILE before the name."""

    def __init__(self, parse: Parse) -> None:
        self._parse = parse
        self.values: dict[str, list[str]] = {"IFS": [" "]}
        self._room = ROOM

    @property
    def is_full(self) -> bool:
        """Whether more was set than is kept."""
        return self._room < 0

    def learn(self, script: Script) -> None:
        """Adds what `script` sets."""
        # A function's body may stand before the call that says what its arguments are.
        for _ in range(2 if script.functions else 1):
            for command in script.commands:
                self._command(command, script.functions)

    def arguments(self, words: Sequence[str]) -> None:
        """Sets the arguments of a function or a script, the first of them its name; `shift` removes some of them."""
        for at, word in enumerate(words[:10]):
            self.put(str(at), [word])
        for at in range(1, min(len(words), 1 + _SHIFTS)):
            for name in ("@", "*"):
                self.put(name, [" ".join(words[at:])])

    def put(self, name: str, texts: Sequence[str]) -> None:
        """Keeps one value more than can be told apart, so that the excess is noticed."""
        known = self.values.setdefault(name, [])
        new = [text for text in texts if text not in known][: COMBINATIONS + 1 - len(known)] if self._room > 0 else []
        self._room -= sum(map(len, new))
        known += [UNKNOWN] if self.is_full else new

    def output(self, text: str) -> str:
        """What a script prints."""
        return output_of(self._parse(text).commands, self.values, self._parse)

    def stdin(self, command: Command) -> str:
        """What a command reads."""
        return stdin_of(command, self.values, self._parse)

    def contents(self, file: str) -> str | None:
        """The content of a file that the text writes, or of a process substitution; None for other files."""
        return contents_of(file, self.values, self._parse)

    def _command(self, command: Command, functions: frozenset[str]) -> None:
        for name, word in command.assignments:
            self.put(name, value(word, self.values, self.output))
        for word in command.written:
            for file in value(word, self.values, self.output):
                self.file(file, printed(command, self.values, self._parse))
        name = program(_literal(command.words[0])) if command.words else ""
        if name in functions or name in _LEARNT:
            for words in readings(command.words, self.values, self.output):
                if name in functions:
                    self.arguments(words)
                else:
                    _LEARNT[name](self, words[1:], command)

    def file(self, name: str, text: str) -> None:
        """A file that the text writes."""
        self.put(FILE + name.rpartition("/")[2], [text])


def _alias(known: Known, words: list[str], _: Command) -> None:
    for name, equals, text in (word.partition("=") for word in words):
        known.put(ALIAS + name, [text] if equals else [])


def _link(known: Known, words: list[str], _: Command) -> None:
    """Another name for a program of the rules."""
    found = [program(word) for word in words if program(word) in PROGRAMS]
    if found and len(words) > 1:
        known.put(ALIAS + words[-1].rpartition("/")[2], found[:1])


def _hash(known: Known, words: list[str], command: Command) -> None:
    _link(known, words[1:] if words[:1] == ["-p"] else [], command)


def _set(known: Known, words: list[str], _: Command) -> None:
    if "--" in words:
        known.arguments(["", *words[words.index("--") + 1 :]])


def _read(known: Known, words: list[str], command: Command) -> None:
    """Each line of the input may be the one that is read; the last name takes the rest of it."""
    names = [word for word in words if word.isidentifier()]
    for line in known.stdin(command).splitlines():
        fields = line.split(None, max(len(names) - 1, 0))
        for name, field in zip(names, fields, strict=False):
            known.put(name, [field])


def _lines(known: Known, words: list[str], command: Command) -> None:
    name = words[-1] if words and words[-1].isidentifier() else "MAPFILE"
    known.put(name, [" ".join(known.stdin(command).splitlines())])


def _print(known: Known, words: list[str], _: Command) -> None:
    if words[:1] == ["-v"] and len(words) > 1:
        known.put(words[1], [formatted(words[2:])])


def _copy(known: Known, words: list[str], command: Command) -> None:
    text = known.stdin(command)
    for word in words:
        if not word.startswith("-"):
            known.file(word, text)


_LEARNT: dict[str, Callable[[Known, list[str], Command], None]] = {
    "alias": _alias,
    "ln": _link,
    "cp": _link,
    "hash": _hash,
    "set": _set,
    "read": _read,
    "mapfile": _lines,
    "readarray": _lines,
    "printf": _print,
    "tee": _copy,
}


def _literal(word: Word) -> str:
    """The word if it has no expansions, else an empty text."""
    return "".join(text for _, text in word) if all(kind in _LITERAL for kind, _ in word) else ""


_LIMIT = 50
"""Commands behind one script that are looked at."""


def hidden_by(command: Command, known: Known, parse: Parse, additions: Additions) -> Refusal | None:
    """What is hidden in commands whose output `command` runs."""
    for _, source in zip(range(_LIMIT), _origins(command, parse), strict=False):
        for words in readings(source.words, known.values, known.output):
            name = program(words[0]) if words else ""
            if name in DECODERS:
                reason = "A shell would run decoded text, which the guard cannot read."
                return Refusal("decoded script", reason, "Run the commands as they are.")
            if name == "cat" and (found := judge_program(words[1:] or [""], additions)):
                return found
            fed = value(source.feed.text, known.values, known.output) if source.feed.text else []
            if found := mentions(" ".join([*words, *fed]), additions):
                return found
    return None


def _origins(command: Command, parse: Parse) -> Iterator[Command]:
    """Through pipes, substitutions, and files that stand for the output of commands."""
    left = [command]
    while left:
        one = left.pop()
        given = (*one.words, one.feed.text or (), one.feed.file or ())
        made = [*one.feed.source, *(source for word in given for source in _made(word, parse))]
        yield from made
        left += made


def _made(word: Word, parse: Parse) -> list[Command]:
    kinds = (OUTPUT, QUOTED_OUTPUT, PROCESS)
    return [command for kind, text in word if kind in kinds for command in parse(text).commands]
