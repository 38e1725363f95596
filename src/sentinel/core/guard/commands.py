"""A shell text as the guard judges it: its simple commands, whose words are not expanded yet, and a refusal."""

from collections.abc import Callable


class Refusal:
    """`rule` names what was refused in words of the guard's own tables or the policy, never of the command itself,
    which may hold secrets; `reason` and `instead` are a sentence each."""

    __slots__ = ("instead", "reason", "rule")

    def __init__(self, rule: str, reason: str, instead: str) -> None:
        self.rule = rule
        self.reason = reason
        self.instead = instead


UNKNOWN = "\ue000"
"""Stands in a word for what is not known before the command runs.

It is a private-use character, which no honest command contains.
"""

BARE, QUOTED = "bare", "quoted"
VARIABLE, QUOTED_VARIABLE = "variable", "quoted variable"
OUTPUT, QUOTED_OUTPUT = "output", "quoted output"
PROCESS = "process"
PIPE = "\ue005"
"""Begins an expanded word that names a process substitution; its script follows."""

Part = tuple[str, str]
"""A kind and a text: literal characters, the name of a variable, or the script whose output stands there (of a
process substitution: in the file that the word names)."""
Word = tuple[Part, ...]


class Feed:
    """What a command reads from its stdin: a text in the script, a file, or the output of `source`."""

    __slots__ = ("file", "source", "text")

    def __init__(
        self, text: "Word | None" = None, file: "Word | None" = None, source: "tuple[Command, ...]" = ()
    ) -> None:
        self.text = text
        self.file = file
        self.source = source


class Command:
    """One simple command; `assignments` are the variables set before it, or by it where it has no words.

    `inner` ones run within a substitution: what they print is a word's, not the script's. `written` are the files
    that their output goes to.
    """

    __slots__ = ("assignments", "feed", "inner", "words", "written")

    def __init__(
        self, words: tuple[Word, ...], assignments: tuple[tuple[str, Word], ...], feed: Feed, *, inner: bool = False
    ) -> None:
        self.inner = inner
        self.words = words
        self.assignments = assignments
        self.feed = feed
        self.written: tuple[Word, ...] = ()


class Script:
    """All simple commands of a text, in order, wherever they stand; `whole` if all of it was read.

    `functions` are the names of those that it defines.
    """

    __slots__ = ("commands", "functions", "whole")

    def __init__(self, commands: tuple[Command, ...], functions: frozenset[str], *, whole: bool) -> None:
        self.commands = commands
        self.functions = functions
        self.whole = whole


Parse = Callable[[str], Script]
